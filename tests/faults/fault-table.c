// SPDX-License-Identifier: GPL-2.0-or-later
/* docs/faults.md from what was seen. */
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
	[OP_MEMORY] = "memory",
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
	"<!-- Written by tests/faults; `VFIO_CLAIM_REWRITE=1 make check-faults` writes it anew. -->\n"
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
	"vfio-pci, or whole with the host, or held by policy; no other function was written to; \"claimed\" is said\n"
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

/*
 * Not compared: how often libraries ask for memory, which is their version's; and where the
 * supervisor and its helpers stood when they died, which is the machine's pace. That all was
 * survived, of every row, the run itself says.
 */
static bool is_pace(const char *who, const char *call)
{
	return !streq(who, roles[ROLE_WORKER]) || streq(call, ops[OP_MEMORY]);
}

static void print_rows(FILE *stream, const struct table *table, bool is_comparing)
{
	fputs("| who | call | of what | times | faults | fails | rubbish | dies | blocks |\n"
	      "|---|---|---|---|---|---|---|---|---|\n",
	      stream);
	for (unsigned i = 0; i < table->n_rows; i++) {
		const struct row *row = &table->rows[i];

		fprintf(stream, "| %s | %s | %s |", roles[row->call.role],
			ops[row->call.op], row->call.text);
		if (is_comparing && row->call.op == OP_MEMORY)
			fputs(" # | # |", stream);
		else
			fprintf(stream, " %u | %u |", row->times, row->faults);
		if (is_comparing && is_pace(roles[row->call.role], ops[row->call.op]))
			fputs(" #", stream);
		for (unsigned k = 0; k < COLUMNS; k++)
			if (!is_comparing ||
			    !is_pace(roles[row->call.role], ops[row->call.op]))
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

static char *print(const struct table *table, bool is_comparing)
{
	char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		abort();
	fputs(head, stream);
	if (!is_comparing)
		print_scenarios(stream, table);
	print_rows(stream, table, is_comparing);
	fclose(stream);
	return text;
}

/* "| who | call | what | times | faults | ..." as print_rows() has it when it compares. */
static void copy_row(FILE *stream, char *line)
{
	char *rest = line + 2, *fields[6] = {};

	for (size_t i = 0; i < 5; i++) {
		fields[i] = rest;
		rest = strstr(rest, " |");
		if (!rest)
			return;
		*rest = '\0';
		rest += rest[2] == ' ' ? 3 : 2;
	}
	fprintf(stream, "| %s | %s | %s |", fields[0], fields[1], fields[2]);
	if (streq(fields[1], ops[OP_MEMORY]))
		fputs(" # | # |", stream);
	else
		fprintf(stream, " %s | %s |", fields[3], fields[4]);
	if (is_pace(fields[0], fields[1]))
		fputs(" #\n", stream);
	else
		fprintf(stream, " %s", rest);
}

/* The same of what the file says: without the first table, and without what is not compared. */
static char *read_comparable(const char *file)
{
	char *text = NULL, line[1024];
	size_t size;
	FILE *stream = open_memstream(&text, &size), *in = fopen(file, "r");
	bool is_skipping = false, is_row = false;

	while (in && fgets(line, sizeof(line), in)) {
		if (has_prefix(line, "| scenario"))
			is_skipping = true;
		else if (has_prefix(line, "| who"))
			is_skipping = false;
		if (is_skipping)
			continue;
		if (is_row)
			copy_row(stream, line);
		else
			fputs(line, stream);
		is_row |= has_prefix(line, "|---|---|---|---|");
	}
	if (in)
		fclose(in);
	fclose(stream);
	return text;
}

int table_compare(const struct table *table, const char *file)
{
	struct table sorted = *table;
	_cleanup_free_ char *text = NULL, *there = NULL;
	FILE *stream;

	qsort(sorted.rows, sorted.n_rows, sizeof(*sorted.rows), compare_rows);
	if (getenv("VFIO_CLAIM_REWRITE")) {
		text = print(&sorted, false);
		stream = fopen(file, "w");
		if (!stream || fputs(text, stream) < 0 || fclose(stream) == EOF)
			return -EIO;
		return 0;
	}
	text = print(&sorted, true);
	there = read_comparable(file);
	if (is_string_equal(text, there))
		return 0;
	fprintf(stderr,
		"faults: %s is out of date; VFIO_CLAIM_REWRITE=1 make check-faults\n",
		file);
	for (const char *a = text, *b = there; *a && *b;) {
		size_t n = strcspn(a, "\n"), m = strcspn(b, "\n");

		if (n != m || memcmp(a, b, n)) {
			fprintf(stderr, "faults: is %.*s\nfaults: was %.*s\n", (int)n, a,
				(int)m, b);
			break;
		}
		a += n + (a[n] == '\n');
		b += m + (b[m] == '\n');
	}
	return -ESTALE;
}
