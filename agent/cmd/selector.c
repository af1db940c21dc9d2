// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Finds the card that a person names on the command line: by slot, by id, by the names of sysfs and
 * libvirt, or by a part of its own name. The configuration and the kernel command line take
 * identities alone.
 */
#include "cmd/selector.h"

#include "base/exit-code.h"
#include "decide/identity.h"
#include "facts/pci.h"
#include "host/pci-names.h"
#include "model/function.h"

#include <stdio.h>

#define LISTED_MAX 16

/* Shapes --------------------------------------------------------------------------------------- */

/* "pci_0000_01_00_0", "0000_01_00" and "01_00_0" become addresses; the domain has four digits. */
static void replace_underscores(char *text)
{
	size_t n = 0, first = strcspn(text, "_");
	char *last = strrchr(text, '_');

	for (char *c = text; *c; c++)
		if (*c == '_') {
			*c = ':';
			n++;
		}
	if (last && (n == 3 || (n == 2 && first < 4)))
		*last = '.';
}

/* Strips what sysfs and libvirt put around an address. False: too long for one. */
static bool strip(const char *text, char buffer[static PCI_ADDRESS_SIZE])
{
	size_t size = strlen(text);

	while (size > 1 && text[size - 1] == '/')
		size--;
	if (has_prefix(text, "/sys/")) {
		const char *start = text + size;

		while (start[-1] != '/')
			start--;
		size -= start - text;
		text = start;
	} else if (has_prefix(text, "pci_")) {
		text += 4;
		size -= 4;
	}
	if (size >= PCI_ADDRESS_SIZE)
		return false;
	memcpy(buffer, text, size);
	buffer[size] = '\0';
	if (!strchr(buffer, ':'))
		replace_underscores(buffer);
	return true;
}

/* "01:00", "0000:01:00": an address without its function, here function 0. "0000:01" could be a bus
 * as well. */
static bool parse_slot(const char *text, struct bdf *ret_address)
{
	char buffer[PCI_ADDRESS_SIZE + 2];

	if (strchr(text, '.') ||
	    (strchr(text, ':') == strrchr(text, ':') && strcspn(text, ":") > 2))
		return false;
	snprintf(buffer, sizeof(buffer), "%s.0", text);
	return bdf_parse(buffer, ret_address);
}

static bool parse_place(const char *text, struct selector *ret_selector)
{
	struct selector selector = { .name = text };
	struct identity *identity = &selector.identity;
	char stripped[PCI_ADDRESS_SIZE];

	if (!strip(text, stripped))
		return false;
	if (bdf_parse(stripped, &identity->address)) {
		selector.shape = SELECTOR_IDENTITY;
		identity->has_address = true;
	} else if (parse_slot(stripped, &identity->address)) {
		selector.shape = SELECTOR_SLOT;
		identity->has_address = true;
	} else if (pci_id_parse(stripped, &identity->id)) {
		selector.shape = SELECTOR_ID;
		identity->has_id = true;
	} else {
		return false;
	}
	*ret_selector = selector;
	return true;
}

bool selector_is_place(const char *text)
{
	struct selector selector;

	return parse_place(text, &selector);
}

const char *selector_parse(const char *text, struct selector *ret_selector)
{
	struct selector selector = { .shape = SELECTOR_IDENTITY, .name = text };
	const char *wrong;

	if (parse_place(text, ret_selector))
		return NULL;
	wrong = identity_parse(text, strlen(text), &selector.identity);
	if (wrong && (strchr(text, '=') || !text[strspn(text, " \t,")]))
		return wrong;
	if (wrong)
		selector.shape = SELECTOR_NAME;
	*ret_selector = selector;
	return NULL;
}

/* Names ---------------------------------------------------------------------------------------- */

/* How well a name fits, from bad to good. */
enum fit {
	FIT_NONE,
	FIT_PART,  /* each word is somewhere in it */
	FIT_WORDS, /* each is a word of it */
	FIT_END,   /* it ends like this: "rtx 3080" is not the RTX 3080 Ti */
};

static bool is_boundary(char c)
{
	return !c || strchr(" /-()[]", c);
}

/* Is the word in the name; as a word of its own? */
static enum fit fit_word(const char *name, const char *word)
{
	enum fit fit = FIT_NONE;
	size_t length = strlen(word);

	for (const char *at = name; (at = strcasestr(at, word)); at++) {
		bool is_whole = (at == name || is_boundary(at[-1])) &&
				is_boundary(at[length]);

		if (is_whole)
			return FIT_WORDS;
		fit = FIT_PART;
	}
	return fit;
}

static enum fit fit_name(const char *name, const char *text)
{
	size_t length = strlen(text), size = strlen(name);
	_cleanup_free_ char *copy = strdup(text);
	char *word, *rest = copy;
	enum fit fit = copy ? FIT_WORDS : FIT_NONE;

	while (fit && (word = strsep(&rest, " \t"))) {
		enum fit one = *word ? fit_word(name, word) : fit;

		if (one < fit)
			fit = one;
	}
	if (fit == FIT_WORDS && size >= length && !strcasecmp(name + size - length, text))
		return FIT_END;
	return fit;
}

/* The search ----------------------------------------------------------------------------------- */

static enum fit fit_function(const struct selector *selector,
			     const struct function *function,
			     const struct device_name *name)
{
	const struct identity *identity = &selector->identity;
	char text[DEVICE_NAME_SIZE];

	switch (selector->shape) {
	case SELECTOR_SLOT:
		return bdf_is_same_slot(&identity->address, &function->address) ? FIT_END :
										  FIT_NONE;
	case SELECTOR_ID:
		return pci_id_equal(&identity->id, &function->id) ? FIT_END : FIT_NONE;
	case SELECTOR_NAME:
		return fit_name(device_name_format(name, text), selector->name);
	case SELECTOR_IDENTITY:
		break;
	}
	return FIT_NONE;
}

static enum fit best_fit(const struct selector *selector, const struct snapshot *snapshot,
			 const struct device_name *names, bool is_display)
{
	enum fit best = FIT_NONE;

	for (size_t i = 0; i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];
		enum fit fit = is_gpu(function) == is_display ?
				       fit_function(selector, function, &names[i]) :
				       FIT_NONE;

		if (fit > best)
			best = fit;
	}
	return best;
}

size_t selector_find(const struct selector *selector, const struct snapshot *snapshot,
		     const struct device_name *names, size_t most, size_t *ret_found)
{
	bool is_display = true;
	enum fit wanted = best_fit(selector, snapshot, names, true);
	const struct function *last = NULL;
	size_t n = 0;

	if (!wanted) {
		is_display = false;
		wanted = best_fit(selector, snapshot, names, false);
	}
	for (size_t i = 0; wanted && i < snapshot->n_functions; i++) {
		const struct function *function = &snapshot->functions[i];

		if (is_gpu(function) != is_display ||
		    fit_function(selector, function, &names[i]) != wanted ||
		    (last && bdf_is_same_slot(&last->address, &function->address)))
			continue;
		if (n < most)
			ret_found[n] = i;
		n++;
		last = function;
	}
	return n;
}

/* On a system ---------------------------------------------------------------------------------- */

/* The functions of a system, and their names. */
struct catalogue {
	struct snapshot snapshot;
	struct device_name *names;
};

static void catalogue_done(struct catalogue *catalogue)
{
	snapshot_done(&catalogue->snapshot);
	free(catalogue->names);
}

static int read_names(const struct root *root, struct catalogue *catalogue)
{
	CLEANUP(pci_names_closep) struct pci_names *names = pci_names_open(root);
	size_t n = catalogue->snapshot.n_functions;

	catalogue->names = calloc(n + 1, sizeof(*catalogue->names));
	if (!catalogue->names)
		return -ENOMEM;
	for (size_t i = 0; names && i < n; i++)
		pci_names_read(names, catalogue->snapshot.functions[i].id,
			       &catalogue->names[i]);
	return 0;
}

/* A system without a PCI bus has no functions. */
static int catalogue_read(const struct root *root, struct catalogue *catalogue)
{
	int r = pci_scan(root, &catalogue->snapshot);

	if (r == -ENOENT)
		r = 0;
	return r < 0 ? r : read_names(root, catalogue);
}

static void say_function(const struct catalogue *catalogue, size_t index)
{
	char address[PCI_ADDRESS_SIZE], name[DEVICE_NAME_SIZE];

	fprintf(stderr, "  %s  %s\n",
		bdf_format(&catalogue->snapshot.functions[index].address, address),
		device_name_format(&catalogue->names[index], name));
}

static int say_several(const struct catalogue *catalogue, const char *text,
		       const size_t *found, size_t n)
{
	fprintf(stderr, "vfio-claim: '%s' may mean %zu cards; name one by its address:\n",
		text, n);
	for (size_t i = 0; i < n && i < LISTED_MAX; i++)
		say_function(catalogue, found[i]);
	if (n > LISTED_MAX)
		fprintf(stderr, "  and %zu more\n", n - LISTED_MAX);
	return EXIT_USAGE;
}

static int say_none(const struct catalogue *catalogue, const char *text)
{
	const struct snapshot *snapshot = &catalogue->snapshot;
	bool is_first = true;

	fprintf(stderr, "vfio-claim: no PCI function matches '%s'", text);
	for (size_t i = 0; i < snapshot->n_functions; i++) {
		if (!is_gpu(&snapshot->functions[i]))
			continue;
		if (is_first)
			fputs("; the displays are:\n", stderr);
		say_function(catalogue, i);
		is_first = false;
	}
	if (is_first)
		fputs(", and no display was found\n", stderr);
	return EXIT_USAGE;
}

int selector_say_unknown(const struct root *root, const char *text)
{
	CLEANUP(catalogue_done) struct catalogue catalogue = {};
	int r = catalogue_read(root, &catalogue);

	return r < 0 ? r : say_none(&catalogue, text);
}

int selector_resolve(const struct root *root, const char *text,
		     struct identity *ret_identity)
{
	CLEANUP(catalogue_done) struct catalogue catalogue = {};
	struct selector selector;
	size_t found[LISTED_MAX], n;
	const char *wrong;
	int r;

	wrong = selector_parse(text, &selector);
	if (wrong) {
		fprintf(stderr, "vfio-claim: '%s': %s\n", text, wrong);
		return EXIT_USAGE;
	}
	if (selector.shape == SELECTOR_IDENTITY) {
		*ret_identity = selector.identity;
		return 0;
	}
	r = catalogue_read(root, &catalogue);
	if (r < 0)
		return r;
	n = selector_find(&selector, &catalogue.snapshot, catalogue.names, LISTED_MAX,
			  found);
	if (n != 1)
		return n ? say_several(&catalogue, text, found, n) :
			   say_none(&catalogue, text);
	*ret_identity = (struct identity){
		.has_address = true,
		.address = catalogue.snapshot.functions[found[0]].address,
	};
	return 0;
}
