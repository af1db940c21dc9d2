// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Marks the functions that the host needs according to the image record. Never guesses: a function
 * that neither its path nor its serial number identifies is unknown.
 */
#include "base/parameter.h"
#include "decide/needs.h"
#include "facts/record.h"

/* "ADDRESS ID PATH [serial=SERIAL] USE"; *ret_use is the rest. */
static const char *parse_need(const char *line, size_t size, struct identity *ret_need)
{
	struct identity need = { .has_address = true, .has_id = true };
	struct span rest = { line, size };
	char word[PCI_PATH_SIZE + 16];

	for (unsigned i = 0; rest.size && i < 4; i++) {
		struct span after = rest, piece = span_next(&after, " ");

		if (i == 3 && (piece.size < 7 || memcmp(piece.text, "serial=", 7)))
			break;
		if (piece.size >= sizeof(word))
			return NULL;
		memcpy(word, piece.text, piece.size);
		word[piece.size] = '\0';
		if (i == 0 && !bdf_parse(word, &need.address))
			return NULL;
		if (i == 1 && !pci_id_parse(word, &need.id))
			return NULL;
		if (i == 2)
			need.has_path = pci_path_parse(word, &need.path);
		if (i == 3)
			need.has_serial = pci_serial_parse(word + 7, &need.serial) &&
					  identity_is_serial(need.serial);
		rest = after;
	}
	*ret_need = need;
	return rest.size ? rest.text : NULL;
}

int record_read_functions(struct record *record, const char *key)
{
	const char *cursor = record->text, *line;
	size_t size;

	while ((line = text_next_line(&cursor, key, &size))) {
		struct identity need;

		if (!parse_need(line, size, &need))
			continue;
		if (array_reserve(&record->needs, record->n_needs,
				  &record->needs_capacity, sizeof(need)) < 0)
			return -ENOMEM;
		record->needs[record->n_needs++] = need;
	}
	return 0;
}

bool record_wants_path(const struct record *record, const struct function *function)
{
	for (size_t i = 0; i < record->n_needs; i++)
		if (pci_id_equal(&record->needs[i].id, &function->id))
			return true;
	return false;
}

/* Reading it is slow, and while nothing has changed the path suffices. */
bool record_wants_serial(const struct record *record, const struct snapshot *snapshot,
			 const struct function *function)
{
	for (size_t i = 0; i < record->n_needs; i++) {
		const struct identity *need = &record->needs[i];
		size_t n = 0;

		if (!need->has_serial || !pci_id_equal(&need->id, &function->id))
			continue;
		for (size_t k = 0; k < snapshot->n_functions; k++)
			n += pci_id_equal(&need->id, &snapshot->functions[k].id);
		if (n > 1 || !identity_is_as_written(need, function))
			return true;
	}
	return false;
}

/* The only function with the serial number, or NULL. */
static struct function *find_serial(const struct snapshot *snapshot,
				    const struct identity *need)
{
	struct function *found = NULL;

	for (size_t i = 0; need->has_serial && i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (!pci_id_equal(&function->id, &need->id) ||
		    function->caps.serial_fact != FACT_KNOWN ||
		    function->caps.serial != need->serial)
			continue;
		if (found)
			return NULL;
		found = function;
	}
	return found;
}

/* By serial number, otherwise by path. An address suffices only if the record has no path and no
 * other function has the id: a new card can renumber the buses. */
static struct function *find_need(const struct snapshot *snapshot,
				  const struct identity *need)
{
	struct function *found = find_serial(snapshot, need);
	size_t n = 0;

	for (size_t i = 0; !found && i < snapshot->n_functions; i++)
		n += pci_id_equal(&snapshot->functions[i].id, &need->id);
	for (size_t i = 0; !found && i < snapshot->n_functions; i++) {
		struct function *function = &snapshot->functions[i];

		if (identity_is_place(need, function) &&
		    pci_id_equal(&function->id, &need->id) &&
		    identity_serial_may_agree(need, function) && (need->has_path || n == 1))
			found = function;
	}
	return found;
}

static bool is_domain_here(const struct snapshot *snapshot, uint32_t domain)
{
	for (size_t i = 0; i < snapshot->n_functions; i++)
		if (snapshot->functions[i].address.domain == domain)
			return true;
	return false;
}

/* The function lies behind a controller whose driver creates the domain (a VMD). That controller is
 * present, and a need with the same use. */
static bool is_behind_controller(const struct record *record,
				 const struct snapshot *snapshot,
				 const struct identity *need, const char *use)
{
	const char *cursor = record->text, *line;
	size_t size, use_size = strcspn(use, "\n");

	if (is_domain_here(snapshot, need->address.domain))
		return false;
	while ((line = text_next_line(&cursor, "need ", &size))) {
		struct identity other;
		const char *its_use = parse_need(line, size, &other);

		if (its_use && (size_t)(line + size - its_use) == use_size &&
		    !memcmp(its_use, use, use_size) && find_need(snapshot, &other))
			return true;
	}
	return false;
}

static int mark_need(const struct record *record, const char *line,
		     struct snapshot *snapshot)
{
	struct function *function;
	struct identity need;
	const char *use = parse_need(line, strlen(line), &need);

	function = use ? find_need(snapshot, &need) : NULL;
	if (function)
		return needs_mark_function(function, use);
	if (!use || !is_behind_controller(record, snapshot, &need, use))
		snapshot->needs_fact = FACT_UNREADABLE;
	return 0;
}

/* Only for functions without a driver: otherwise the actual use can be seen, and counts. */
static int mark_use(const char *line, struct snapshot *snapshot)
{
	struct identity identity;
	const char *text = parse_need(line, strlen(line), &identity);
	struct function *function = text ? find_need(snapshot, &identity) : NULL;

	if (!function || function->driver || function->in_use)
		return 0;
	function->in_use = strdup(text);
	function->is_use_recorded = true;
	return function->in_use ? 0 : -ENOMEM;
}

/* Without a driver nothing else shows that the function has outputs for monitors. */
static void mark_display(const char *line, struct snapshot *snapshot)
{
	struct identity identity;
	struct function *function = parse_need(line, strlen(line), &identity) ?
					    find_need(snapshot, &identity) :
					    NULL;

	if (function)
		function->has_connectors = true;
}

int record_mark_needs(const struct record *record, const char *cmdline,
		      struct snapshot *snapshot)
{
	_cleanup_free_ char *copy = record->text ? strdup(record->text) : NULL;
	struct span root = { "", 0 };
	bool is_known = false, is_same_root = false;
	const char *parameters = "";
	char *rest = copy, *line;

	if (record->text && !copy)
		return -ENOMEM;
	(void)parameter_find_value(cmdline, "root", &root);
	snapshot->needs_fact = FACT_KNOWN;
	while ((line = strsep(&rest, "\n"))) {
		if (streq(line, "needs known"))
			is_known = true;
		else if (has_prefix(line, "root "))
			is_same_root = span_equal(root, line + strlen("root "));
		else if (has_prefix(line, "parameters "))
			parameters = line + strlen("parameters ");
		else if (has_prefix(line, "need ") &&
			 mark_need(record, line + strlen("need "), snapshot) < 0)
			return -ENOMEM;
		else if (has_prefix(line, "use ") &&
			 mark_use(line + strlen("use "), snapshot) < 0)
			return -ENOMEM;
		else if (has_prefix(line, "display "))
			mark_display(line + strlen("display "), snapshot);
	}
	if (!is_known || !is_same_root || !needs_are_parameters_equal(parameters, cmdline))
		snapshot->needs_fact = FACT_UNREADABLE;
	return 0;
}
