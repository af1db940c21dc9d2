/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A report as plain data. Its document owns all texts. A missing member becomes "", 0 or an empty
 * list. Each word is also kept as text, to be shown as written: another version's report may hold
 * words that this version does not know.
 */
#pragma once

#include "model/model.h"
#include "trial/trial.h"

struct json_object;

struct report_texts {
	const char **items;
	size_t n;
};

/* A card's function, or a member of its group, which has fewer members in the document. */
struct report_function {
	struct json_object *object; /* NULL: not an object in the document */
	const char *address, *id, *class, *driver, *driver_before;
	int group; /* GROUP_NONE: unknown */
	bool may_hold;
	struct report_texts rivals;
	enum result result;
	const char *result_word;
};

struct report_functions {
	struct report_function *items;
	size_t n;
};

struct report_group {
	int number;
	bool is_isolated, has_reserved_direct;
	struct report_functions members;
};

struct report_gpu {
	struct json_object *object; /* NULL: not an object in the document */
	const char *configured, *origin, *kind, *address;
	bool is_device;
	enum result result;
	const char *result_word;
	struct report_functions functions;
	struct report_group *groups;
	size_t n_groups;
};

struct report_finding {
	enum finding_code code;
	enum severity severity;
	const char *code_word, *severity_word, *subject, *text, *remedy;
};

struct report_findings {
	struct report_finding *items;
	size_t n;
};

struct report_iommu {
	bool is_there;
	const char *kind, *firmware, *dma_remapping, *interrupt_remapping;
	bool is_dma_remapped, is_interrupt_remapped;
	struct report_texts evidence;
};

struct report_trial {
	bool is_there;
	enum trial_standing state;
	const char *state_word, *reason;
	int attempt, limit;
	bool has_key;
	uint8_t key[TRIAL_KEY_SIZE]; /* of this boot's claim */
};

struct report_vfio {
	int group;
	enum vfio_answer answer;
	const char *answer_word, *interface;
	int error; /* an errno; 0: none */
};

struct report_image {
	const char *kernel, *state;
};

/* The results of `verify`. */
struct report_verified {
	bool is_there;
	enum verified result;
	const char *result_word, *at;
	const char *images_at; /* "": the boot images were not judged, or not yet */
	struct report_vfio *vfio;
	size_t n_vfio;
	struct report_image *images;
	size_t n_images;
	struct report_findings findings, image_findings;
};

struct report {
	struct json_object *document;
	struct report_block *blocks; /* the memory of all lists */
	bool is_incomplete;	     /* a list did not get its memory */
	const char *program, *boot_id, *kernel, *config_sha256, *image_built_at, *lockdown;
	enum mode mode;
	const char *mode_word;
	enum result result;
	const char *result_word;
	bool has_start;	   /* false: a black box */
	double started_at; /* seconds since kernel start */
	double duration_ms;
	struct report_iommu iommu;
	struct report_trial trial;
	struct report_gpu *gpus;
	size_t n_gpus;
	struct report_findings findings;
	struct report_verified verified;
};

/* Takes ownership of the document, even on failure. NULL: no document, or no memory. To be freed. */
struct report *report_take(struct json_object *document);
/* To be freed. NULL: *ret_problem explains, in a static string, why the text is not a report of this
 * version. */
struct report *report_parse(const char *text, size_t size, const char **ret_problem);
/* The document as text, which belongs to the report. */
const char *report_serialize(const struct report *report, size_t *ret_size);
void report_free(struct report *report);

/* Were the cards looked for? Not with the mode `off`, nor when GRUB gave the claim up. */
bool report_has_looked(const struct report *report);
/* Is a function of this address one of the card's own, not only of its group? */
bool report_gpu_has(const struct report_gpu *gpu, const char *address);

/* Rereads the findings after a change; without memory they stay as they are. */
void report_read_findings(struct report *report);
/* Rereads the member "verified" after a change. 0 or -ENOMEM. */
int MUST_CHECK report_read_verified(struct report *report);

static inline void report_freep(struct report **report)
{
	report_free(*report);
}
