// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes docs/faults.md from the results of a run, and compares the two. */
#include "fault-table.h"

#include <stdio.h>

static const char *const roles[] = { "supervisor", "worker", "helper" };
static const char *const ops[OPS] = {
	[OP_OPEN] = "open",	      [OP_READ] = "read",
	[OP_WRITE] = "write",	      [OP_CLOSE] = "close",
	[OP_READLINK] = "read link",  [OP_LIST] = "list",
	[OP_ENTRY] = "next entry",    [OP_MKDIR] = "make folder",
	[OP_RENAME] = "rename",	      [OP_UNLINK] = "remove",
	[OP_CHMOD] = "set mode",      [OP_LOCK] = "lock",
	[OP_LOAD] = "load module",    [OP_PIPE] = "make pipe",
	[OP_FORK] = "fork",	      [OP_POLL] = "wait for data",
	[OP_WAIT] = "wait for child", [OP_KILL] = "kill",
	[OP_SLEEP] = "sleep",	      [OP_CLOCK] = "read clock",
	[OP_ALARM] = "set alarm",     [OP_SETUP] = "drop what is inherited",
	[OP_MEMORY] = "memory",	      [OP_MOUNT] = "mount",
	[OP_FLAGS] = "file's flags",
};

/* Bits of row.results, and words. */
static const char *const outcomes[] = {
	"claimed", "refused", "failed", "off", "nothing-configured", "no report"
};

static struct row *find_row(struct table *table, const struct call *call)
{
	for (unsigned i = 0; i < table->n_rows; i++)
		if (!memcmp(&table->rows[i].call, call, sizeof(*call)))
			return &table->rows[i];
	if (table->n_rows == ARRAY_SIZE(table->rows))
		abort();
	table->rows[table->n_rows].call = *call;
	return &table->rows[table->n_rows++];
}

static enum column column_of(enum kind kind)
{
	switch (kind) {
	case KIND_KILL:
	case KIND_CRASH:
		return COLUMN_DIES;
	case KIND_BLOCK:
		return COLUMN_BLOCKS;
	case KIND_SHORT:
	case KIND_EMPTY:
	case KIND_RUBBISH:
		return COLUMN_RUBBISH;
	default:
		return COLUMN_FAILS;
	}
}

static unsigned outcome_of(const struct run_result *result)
{
	unsigned i;

	for (i = 0; i + 1 < ARRAY_SIZE(outcomes); i++)
		if (result->has_report && streq(result->result, outcomes[i]))
			break;
	return 1u << i;
}

void table_add(struct table *table, const struct scenario *scenario,
	       const struct site *site, const struct job *job)
{
	struct row *row = find_row(table, &site->call);
	unsigned i;

	if (job->nth > row->times)
		row->times = job->nth;
	row->faults++;
	row->results[column_of(job->kind)] |= outcome_of(&job->result);
	for (i = 0; i < table->n_scenarios && table->scenarios[i].scenario != scenario; i++)
		;
	if (i == table->n_scenarios) {
		table->scenarios[i].scenario = scenario;
		table->n_scenarios++;
	}
	table->scenarios[i].injected++;
}

unsigned table_injected(const struct table *table, const struct scenario *scenario)
{
	for (unsigned i = 0; i < table->n_scenarios; i++)
		if (table->scenarios[i].scenario == scenario)
			return table->scenarios[i].injected;
	return 0;
}

/* The document ------------------------------------------------------------------------------ */

static const char head[] =
	"<!-- Written by tests/faults; `VFIO_CLAIM_REWRITE=1 make check-faults` rewrites it. -->\n"
	"# What can go wrong in the agent, and what comes of it\n\n"
	"Each call that the boot agent and its libraries make, in the order of processes: the supervisor, which\n"
	"the boot waits for; its worker, which looks, decides and claims; helpers, each for one unbind or one\n"
	"function to be given back. `make check-faults` runs the shipped objects on a folder that behaves like\n"
	"sysfs, once for each call and each way in which it can go wrong:\n\n"
	"- *fails*: each error that the call can give, before and after it has had its effect;\n"
	"- *rubbish*: half of what is there, nothing, or something else; a clock that jumps;\n"
	"- *dies*: SIGKILL, and a crash, at this call;\n"
	"- *blocks*: it never returns, and no signal reaches the process.\n\n"
	"A fault is survived when the boot goes on within `timeout` and five seconds; the card is whole with\n"
	"vfio-pci, or whole with the host, or held by policy; no other function was written to; no process crashes\n"
	"(but in json-c, when that has no memory) nor harms its memory; \"claimed\" is said\n"
	"only of what has vfio-pci; and the report, or the kernel log where there can be no report, says what came\n"
	"about. The columns name the results that were seen. A dash: there is no such fault. *No report*: the\n"
	"supervisor itself died, or could not write; the card is whole all the same. A row is of all scenarios\n"
	"together, so that *failed* and *refused* also stand where the scenario would have it so without a fault.\n\n";

static int compare_rows(const void *a, const void *b)
{
	const struct call *first = &((const struct row *)a)->call;
	const struct call *second = &((const struct row *)b)->call;

	if (first->role != second->role)
		return (int)first->role - (int)second->role;
	if (first->op != second->op)
		return (int)first->op - (int)second->op;
	return strcmp(first->text, second->text);
}

static void print_results(FILE *stream, unsigned results)
{
	const char *separator = "";

	fputs(" ", stream);
	for (unsigned i = 0; i < ARRAY_SIZE(outcomes); i++)
		if (results & 1u << i) {
			fprintf(stream, "%s%s", separator, outcomes[i]);
			separator = ", ";
		}
	fputs(*separator ? " |" : "- |", stream);
}

static void print_rows(FILE *stream, const struct table *table)
{
	fputs("| who | call | of what | times | faults | fails | rubbish | dies | blocks |\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      stream);
	for (unsigned i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];

		fprintf(stream, "| %s | %s | %s | %u | %u |", roles[row->call.role],
			ops[row->call.op], row->call.text, row->times, row->faults);
		for (unsigned k = 0; k < COLUMNS; k++)
			print_results(stream, row->results[k]);
		fputs("\n", stream);
	}
}

static void print_scenarios(FILE *stream, const struct table *table)
{
	unsigned all = 0;

	fputs("| scenario | faults injected | survived |\n|---|---|---|\n", stream);
	for (unsigned i = 0; i < table->n_scenarios; i++) {
		unsigned n = table->scenarios[i].injected;

		fprintf(stream, "| %s | %u | %u |\n", table->scenarios[i].scenario->name,
			n, n);
		all += n;
	}
	fprintf(stream, "| all | %u | %u |\n\n", all, all);
}

static int write_table(const struct table *table, const char *file)
{
	FILE *stream = fopen(file, "w");

	if (!stream)
		return -errno;
	fputs(head, stream);
	print_scenarios(stream, table);
	print_rows(stream, table);
	return fclose(stream) == EOF ? -errno : 0;
}

/* The file's own rows --------------------------------------------------------------- */

enum { FIELD_WHO, FIELD_CALL, FIELD_WHAT, FIELD_TIMES, FIELD_FAULTS, FIELD_RESULTS };
#define FIELDS (FIELD_RESULTS + COLUMNS)

/* "| who | call | what | ...": false for any other line. */
static bool split_row(char *line, char *fields[static FIELDS])
{
	char *rest = line + 2;

	if (!has_prefix(line, "| "))
		return false;
	for (size_t i = 0; i < FIELDS; i++) {
		fields[i] = rest;
		rest = strstr(rest, " |");
		if (!rest)
			return false;
		*rest = '\0';
		rest += rest[2] == ' ' ? 3 : 2;
	}
	return true;
}

static bool is_row_of(const struct row *row, char *fields[static FIELDS])
{
	return streq(fields[FIELD_WHO], roles[row->call.role]) &&
	       streq(fields[FIELD_CALL], ops[row->call.op]) &&
	       streq(fields[FIELD_WHAT], row->call.text);
}

static bool has_word(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ' ') && strchr(",", at[length]))
			return true;
	return false;
}

/*
 * Each result of the run must be in the file. Not compared: the number of calls, which differs
 * with the libraries' versions; and the supervisor's and helpers' position when they died,
 * which depends on the machine's speed. The run itself checks that every fault was survived.
 */
static int compare_results(const struct row *row, char *fields[static FIELDS])
{
	if (row->call.role != ROLE_WORKER || row->call.op == OP_MEMORY)
		return 0;
	for (unsigned k = 0; k < COLUMNS; k++)
		for (unsigned i = 0; i < ARRAY_SIZE(outcomes); i++)
			if (row->results[k] & 1u << i &&
			    !has_word(fields[FIELD_RESULTS + k], outcomes[i])) {
				fprintf(stderr,
					"faults: %s | %s | %s: now '%s', was '%s'\n",
					fields[FIELD_WHO], fields[FIELD_CALL],
					fields[FIELD_WHAT], outcomes[i],
					fields[FIELD_RESULTS + k]);
				return -ESTALE;
			}
	return 0;
}

static int compare_table(const struct table *table, const char *file)
{
	FILE *stream = fopen(file, "r");
	char line[1024], *fields[FIELDS];
	bool is_told[ARRAY_SIZE(table->rows)] = {};
	int r = 0;

	if (!stream)
		return -errno;
	while (fgets(line, sizeof(line), stream)) {
		unsigned i;

		if (!split_row(line, fields) || streq(fields[FIELD_WHO], "who") ||
		    has_prefix(fields[FIELD_WHO], "--"))
			continue;
		for (i = 0; i < table->n_rows && !is_row_of(&table->rows[i], fields); i++)
			;
		if (i == table->n_rows) {
			fprintf(stderr, "faults: %s | %s | %s: is no longer called\n",
				fields[FIELD_WHO], fields[FIELD_CALL], fields[FIELD_WHAT]);
			r = -ESTALE;
			continue;
		}
		is_told[i] = true;
		if (compare_results(&table->rows[i], fields) < 0)
			r = -ESTALE;
	}
	fclose(stream);
	for (unsigned i = 0; i < table->n_rows; i++)
		if (!is_told[i]) {
			const struct call *call = &table->rows[i].call;

			fprintf(stderr, "faults: %s | %s | %s: is new\n",
				roles[call->role], ops[call->op], call->text);
			r = -ESTALE;
		}
	return r;
}

int table_compare(const struct table *table, const char *file)
{
	struct table sorted = *table;
	int r;

	qsort(sorted.rows, sorted.n_rows, sizeof(*sorted.rows), compare_rows);
	if (getenv("VFIO_CLAIM_REWRITE"))
		return write_table(&sorted, file);
	r = compare_table(&sorted, file);
	if (r < 0)
		fprintf(stderr,
			"faults: %s is out of date; VFIO_CLAIM_REWRITE=1 make check-faults\n",
			file);
	return r;
}
