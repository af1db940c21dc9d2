// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * `vfio-claim map`: draws the machine, as SVG or for Graphviz. Writes only the file that --output names,
 * and nothing below a sysroot.
 */
#include "cmd/cmd.h"
#include "cmd/map/map-read.h"
#include "cmd/map/picture.h"
#include "cmd/output.h"

static struct {
	const char *output; /* NULL: standard output */
	bool wants_svg, wants_dot;
} options;

static const struct verb_option rows[] = {
	{ "svg", "draw a picture for browsers and forums; this is the default",
	  .sets = &options.wants_svg, .excludes_next = true },
	{ "dot", "print a graph for Graphviz", .sets = &options.wants_dot },
	{ "output", "write to this file instead of standard output", .letter = 'o',
	  .argument = "FILE", .string = &options.output },
	{},
};

static int write_map(const struct map *map, FILE *stream)
{
	CLEANUP(picture_done) struct picture picture = {};
	int r = 0;

	if (options.wants_dot) {
		map_write_dot(map, stream);
		return 0;
	}
	r = layout_make(map, &picture);
	if (r == 0)
		picture_write_svg(&picture, true, stream);
	return r;
}

static int write_output(const struct map *map)
{
	FILE *stream;
	int r = output_open(options.output, &stream), closed;

	if (r < 0)
		return r;
	r = write_map(map, stream);
	closed = output_close(options.output, stream);
	return r < 0 ? r : closed;
}

static int cmd_map(const struct cmd *cmd)
{
	CLEANUP(survey_done) struct survey survey = {};
	CLEANUP(map_done) struct map map = {};
	int r;

	if (options.wants_svg && options.wants_dot)
		return verb_usage_error(cmd->verb, "--svg and --dot exclude each other");
	r = map_read(&cmd->root, &survey, &map);
	if (r < 0)
		return cmd_fail("map", r);
	r = write_output(&map);
	return r < 0 ? cmd_fail(options.output ? options.output : "map", r) :
		       EXIT_AS_CONFIGURED;
}

const struct verb verb_map = {
	.name = "map",
	.summary = "draw the machine: ports, groups, cards, and what the host uses",
	.details =
		"Draws ports, switches and functions, a frame around each IOMMU group, what the "
		"host uses, what is claimed, and which port is the cause of a shared group. The "
		"picture holds no serial number, no address of a network card and no name of "
		"this system, so that it can be shown in a forum. Only root can read why groups "
		"are shared.",
	.options = rows,
	.run = cmd_map,
};
