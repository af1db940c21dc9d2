// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * No file that `setup` changes harms config-edit.c, line-file.c or cmdline-note.c, and only the intended
 * lines change. An input serves as /etc/vfio-claim.conf, as each file of a kernel command line, and as the
 * note of a change.
 */
#include "cmd/setup/cmdline-note.h"
#include "cmd/setup/config-edit.h"
#include "decide/config.h"
#include "fuzz.h"
#include "host/line-file.h"
#include "model/finding.h"

#define NEW "0000:01:00.0 id=10de:2206"
#define OTHER "0000:02:00.0 id=1002:73df"

static void parse(struct config *config, const char *text)
{
	config_init(config);
	CHECK(config_parse(config, text, strlen(text)) == 0);
}

static size_t count(const struct config *config, enum wanted_kind kind)
{
	size_t n = 0;

	for (size_t i = 0; i < config->n_wanted; i++)
		n += config->wanted[i].kind == kind;
	return n;
}

/* All lines that set no GPU must remain, in order. */
static void check_other_lines(const char *before, const char *after)
{
	while (*before) {
		size_t size = strcspn(before, "\n");
		size_t blanks = strspn(before, TEXT_BLANKS);

		if (!has_prefix(before + blanks, "gpu")) {
			while (*after && (strcspn(after, "\n") != size ||
					  memcmp(after, before, size))) {
				after += strcspn(after, "\n");
				after += *after == '\n';
			}
			CHECK(*after || !size);
			after += size;
			after += *after == '\n';
		}
		before += size;
		before += *before == '\n';
	}
}

/* The result is valid, but a card that was a device may now be a GPU. */
static bool is_good(const struct config *config)
{
	const struct findings *findings = &config->findings;

	for (size_t i = 0; i < findings->n; i++) {
		if (findings->items[i].severity != SEVERITY_ERROR)
			continue;
		CHECK(strstr(findings->items[i].text, "names the same function"));
		return false;
	}
	return true;
}

static void check_same(const struct config *old, const struct config *new)
{
	CHECK(count(new, WANTED_GPU) == 2);
	CHECK(count(new, WANTED_DEVICE) == count(old, WANTED_DEVICE));
	for (size_t i = 0; i < new->n_wanted; i++)
		CHECK(new->wanted[i].kind != WANTED_GPU ||
		      streq(new->wanted[i].text, NEW) || streq(new->wanted[i].text, OTHER));
	CHECK(new->on_failure == old->on_failure &&new->timeout_s == old->timeout_s);
	CHECK(new->shared_group == old->shared_group &&new->boot_display ==
	      old->boot_display);
	CHECK(new->attached_driver == old->attached_driver &&new->interrupt_remapping ==
	      old->interrupt_remapping);
}

static void check_edit(const char *text, bool replaces)
{
	struct config_line gpus[] = { { .value = NEW }, { .value = OTHER } };
	_cleanup_free_ char *edited = NULL;
	struct config old, new;

	parse(&old, text);
	for (size_t i = 0; replaces && i < old.n_wanted; i++)
		if (old.wanted[i].kind == WANTED_GPU)
			gpus[0].replaces = &old.wanted[i];
	CHECK(config_edit(text, &old, WANTED_GPU, gpus, ARRAY_SIZE(gpus), &edited) == 0);
	check_other_lines(text, edited);
	parse(&new, edited);
	/* `setup` changes nothing in a file with errors. */
	if (!findings_have_error(&old.findings) && is_good(&new))
		check_same(&old, &new);
	config_done(&old);
	config_done(&new);
}

/* Mending a file twice is mending it once, and undoing the change by its lines gives the same file. */
static void check_cmdline(const char *text, enum line_format format)
{
	static const struct line_wish wish = { .is_intel = true, .adds_parameter = true };
	struct span word = { INTEL_IOMMU_ON, strlen(INTEL_IOMMU_ON) };
	CLEANUP(line_swaps_done) struct line_swaps swaps = {}, none = {};
	_cleanup_free_ char *mended = NULL, *undone = NULL;
	CLEANUP(file_hunk_done) struct file_hunk hunk = {};
	struct file_edit edit = { (char *)"/x", (char *)text };
	unsigned line;
	int r;

	r = line_file_find_swaps(format, text, &wish, &swaps, &line);
	CHECK(r == 0 || r == -EINVAL);
	CHECK(line_swaps_add(&swaps, (struct span){}, word) == 0);
	if (r < 0 || line_file_swap(format, text, &swaps, true, false, &mended, &line) < 0 ||
	    !mended)
		return;
	CHECK(line_file_find_swaps(format, mended, &wish, &none, &line) != -ENOMEM);
	edit.after = mended;
	CHECK(file_hunk_find(&edit, &hunk) == 0);
	CHECK(file_hunk_undo(&hunk, mended, &undone) == 0);
	/* The last line may have had no end. */
	CHECK(!undone || !strncmp(undone, text, strlen(text)));
}

static void check_note(const char *text)
{
	CLEANUP(cmdline_note_done) struct cmdline_note note = {};

	CHECK(cmdline_note_parse(text, &note) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_free_ char *text = malloc(size + 1);

	CHECK(text);
	if (size)
		memcpy(text, data, size);
	text[size] = '\0';
	check_edit(text, false);
	check_edit(text, true);
	for (enum line_format format = LINE_PLAIN; format <= LINE_DRACUT; format++)
		check_cmdline(text, format);
	check_note(text);
	return 0;
}
