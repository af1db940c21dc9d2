// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes a map as a graph for Graphviz. */
#include "cmd/map/layout.h"

/* Within a string of DOT, what is not ASCII text becomes '?': Graphviz reads other encodings, too. */
static void write_string(FILE *stream, const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', stream);
		fputc(*text >= ' ' && *text < 0x7f ? *text : '?', stream);
	}
}

static const char *colour(const struct map_function *function)
{
	return function->is_claimed   ? "#1a7f37" :
	       function->culprit      ? "#bc4c00" :
	       *function->use	      ? "#9a6700" :
	       function->refusal      ? "#cf222e" :
	       function->is_claimable ? "#0969da" :
					"#818b98";
}

static void write_node(FILE *stream, const struct map_function *function, const char *indent)
{
	struct label labels[LABELS_MOST];
	size_t n = labels_of(function, labels);
	char address[PCI_ADDRESS_SIZE];

	bdf_format(&function->address, address);
	fprintf(stream, "%s\"%s\" [color=\"%s\", label=\"%s\\n", indent, address,
		colour(function), address);
	write_string(stream, function->name);
	fprintf(stream, "\\n%s, %s", function->class,
		function->driver ? "driver " : "no driver");
	if (function->driver)
		write_string(stream, function->driver);
	for (size_t i = 0; i < n; i++) {
		fputs(i ? ", " : "\\n", stream);
		write_string(stream, labels[i].text);
	}
	fputs("\"];\n", stream);
}

static bool is_first_of_group(const struct map *map, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (map->functions[i].group == map->functions[index].group)
			return false;
	return map->functions[index].group != MAP_NO_GROUP;
}

static void write_group(const struct map *map, int group, FILE *stream)
{
	fprintf(stream, "  subgraph cluster_group_%d {\n    label=\"group %d", group,
		group);
	for (size_t i = 0; i < map->n_reasons; i++) {
		if (map->reasons[i].group != group)
			continue;
		fputs("\\n", stream);
		write_string(stream, map->reasons[i].text);
	}
	fputs("\";\n", stream);
	for (size_t i = 0; i < map->n_functions; i++)
		if (map->functions[i].group == group)
			write_node(stream, &map->functions[i], "    ");
	fputs("  }\n", stream);
}

static void write_edge(const struct map *map, size_t index, FILE *stream)
{
	const struct map_function *function = &map->functions[index];
	char address[PCI_ADDRESS_SIZE], above[PCI_ADDRESS_SIZE];

	bdf_format(&function->address, address);
	if (function->parent < map->n_functions)
		fprintf(stream, "  \"%s\" -> \"%s\";\n",
			bdf_format(&map->functions[function->parent].address, above),
			address);
	else
		fprintf(stream, "  \"root bus %04x:%02x\" -> \"%s\";\n",
			function->address.domain, function->address.bus, address);
}

void map_write_dot(const struct map *map, FILE *stream)
{
	fputs("digraph machine {\n"
	      "  rankdir=LR;\n"
	      "  node [shape=box, style=rounded, fontname=\"sans-serif\"];\n"
	      "  graph [style=\"rounded,dashed\", fontname=\"sans-serif\"];\n",
	      stream);
	for (size_t i = 0; i < map->n_functions; i++) {
		if (is_first_of_group(map, i))
			write_group(map, map->functions[i].group, stream);
		if (map->functions[i].group == MAP_NO_GROUP)
			write_node(stream, &map->functions[i], "  ");
	}
	for (size_t i = 0; i < map->n_functions; i++)
		write_edge(map, i, stream);
	fputs("}\n", stream);
}
