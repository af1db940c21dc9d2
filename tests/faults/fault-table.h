/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of docs/faults.md: each fault and its outcomes. */
#pragma once

#include "world.h"

enum column { COLUMN_FAILS, COLUMN_RUBBISH, COLUMN_DIES, COLUMN_BLOCKS, COLUMNS };

struct row {
	struct call call;
	unsigned times, faults;
	unsigned results[COLUMNS]; /* bits: the outcomes seen */
};

struct table {
	struct row rows[2 * SITES];
	unsigned n_rows;
	struct {
		const struct scenario *scenario;
		unsigned injected;
	} scenarios[8];
	unsigned n_scenarios;
};

void table_add(struct table *table, const struct scenario *scenario,
	       const struct site *site, const struct job *job);
unsigned table_injected(const struct table *table, const struct scenario *scenario);
int table_compare(const struct table *table, const char *file);
