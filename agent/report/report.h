/* SPDX-License-Identifier: GPL-2.0-or-later */
#pragma once

#include "base/page.h"
#include "model/device-name.h"
#include "model/model.h"
#include "trial/trial.h"

struct json_object;
struct report;

#define REPORT_FOLDER "/run/vfio-claim"
#define REPORT_JSON "report.json"
#define REPORT_PATH REPORT_FOLDER "/" REPORT_JSON
#define REPORT_TEXT "report.txt"
#define REPORT_LOCK "lock"		 /* held by the process that claims */
#define REPORT_CHANGE_LOCK "report.lock" /* by the verb that changes the report */
#define REPORT_SIZE_MAX (4 << 20)
#ifndef VERSION
#define VERSION "unknown"
#endif

/* The data of one run; NULL for parts that do not exist yet. */
struct run {
	const struct config *config;
	const struct snapshot *snapshot;
	const struct plan *plan;
	const struct outcome *outcome;
	double started_at;	/* seconds since kernel start */
	enum result unfinished; /* the result of a target that has no outcome */
	const struct trial_status *trial;
};

/* The document that docs/design.md describes, to be put; NULL: no memory. */
struct json_object *report_build(const struct run *run);

/* Adds the cards of this run to the document of another one. */
void report_add_gpus(struct json_object *report, const struct run *run);

/* Names of devices, from the running system's pci.ids; the boot agent has none. */
struct report_names {
	/* Writes "NVIDIA GeForce RTX 3080", or "" for an unknown device. */
	void (*lookup)(void *data, const char *id, char buffer[static DEVICE_NAME_SIZE]);
	void *data;
	const char *(*class_words)(uint32_t class); /* "display" */
};

/* The report as text for users, to be freed. Its first line is the answer; after it come the boot, the
 * evidence, the cards and the findings. `page` NULL: a file. NULL: no memory. */
char *report_to_text(const struct report *report, const struct report_names *names,
		     const struct page *page);
