// SPDX-License-Identifier: GPL-2.0-or-later
/* Tells the steps of a claim from what its report says of each function. Pure. */
#include "cmd/after/steps.h"

#include "model/function.h"

struct telling {
	const struct report_functions *functions;
	struct strings *steps;
	int error;
};

static void PRINTF_LIKE(2, 3) tell(struct telling *telling, const char *format, ...)
{
	_cleanup_free_ char *text = NULL;
	va_list arguments;

	va_start(arguments, format);
	text = text_vformat(format, arguments);
	va_end(arguments);
	if (telling->error == 0)
		telling->error = text ? strings_add(telling->steps, text) : -ENOMEM;
}

typedef bool choose(const struct report_function *function);

/* Adds "0000:01:00.1" to "0000:01:00.0"; NULL: no memory. */
static char *join(char *text, const char *address)
{
	_cleanup_free_ char *earlier = text;

	return text_format("%s%s%s", earlier ? earlier : "", earlier ? ", " : "", address);
}

/* NULL: none, or no memory. */
static char *list(const struct telling *telling, choose *is_chosen)
{
	char *text = NULL;

	for (size_t i = 0; i < telling->functions->n; i++)
		if (!is_chosen || is_chosen(&telling->functions->items[i]))
			text = join(text, telling->functions->items[i].address);
	return text;
}

static bool was_bound(const struct report_function *function)
{
	return *function->driver_before && !is_vfio_driver(function->driver_before);
}

static bool was_on_vfio(const struct report_function *function)
{
	return is_vfio_driver(function->driver_before);
}

static bool is_held(const struct report_function *function)
{
	return function->may_hold && !*function->driver;
}

static bool is_new(const struct report_functions *functions, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (streq(functions->items[i].driver, functions->items[index].driver))
			return false;
	return true;
}

/* One line for each driver: vfio-pci, or a variant of it for the display alone. */
static void tell_drivers(struct telling *telling, const char *before, const char *after)
{
	const struct report_functions *functions = telling->functions;

	for (size_t i = 0; i < functions->n; i++) {
		const char *driver = functions->items[i].driver;
		_cleanup_free_ char *those = NULL;

		if (!is_new(functions, i))
			continue;
		for (size_t k = i; k < functions->n; k++)
			if (streq(functions->items[k].driver, driver))
				those = join(steal(those), functions->items[k].address);
		tell(telling, "%s%s%s%s: %s", before, *driver ? "" : "no driver", driver,
		     after, those ? those : "");
	}
}

static void tell_claimed(struct telling *telling)
{
	_cleanup_free_ char *all = list(telling, NULL), *had = list(telling, was_on_vfio);

	if (had)
		tell(telling, "found on VFIO already: %s", had);
	if (all)
		tell(telling, "set driver_override, so that no other driver binds: %s",
		     all);
	tell(telling, "loaded the VFIO driver, unless the kernel had it already");
	for (size_t i = 0; i < telling->functions->n; i++) {
		const struct report_function *function = &telling->functions->items[i];

		if (was_bound(function))
			tell(telling, "unbound %s from %s", function->driver_before,
			     function->address);
	}
	tell_drivers(telling, "bound to ", ", and read back");
}

static void tell_failed(struct telling *telling)
{
	tell(telling, "tried to claim it, and failed");
	tell_drivers(telling, "left with ", "");
}

static void tell_refused(struct telling *telling)
{
	_cleanup_free_ char *held = list(telling, is_held);

	if (held)
		tell(telling, "held, so that no driver binds: %s", held);
	else
		tell(telling, "nothing: refused before anything was touched");
}

int steps_of(const struct report *report, const struct report_gpu *gpu,
	     struct strings *ret_steps)
{
	struct strings steps = {};
	struct telling telling = { &gpu->functions, &steps, 0 };

	if (!report->has_start)
		tell(&telling, "not known: this boot left only its black box");
	else if (report->mode != MODE_CLAIM)
		tell(&telling, "nothing: the mode of this boot was %s", report->mode_word);
	else if (gpu->result == RESULT_CLAIMED)
		tell_claimed(&telling);
	else if (gpu->result == RESULT_REFUSED)
		tell_refused(&telling);
	else
		tell_failed(&telling);
	if (telling.error < 0) {
		strings_done(&steps);
		return telling.error;
	}
	*ret_steps = steps;
	return 0;
}
