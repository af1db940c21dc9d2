// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * All or none, whatever fails: each scenario runs once without a fault, then again for each of
 * its calls and each of several errnos. Every run is checked against the promises.
 */
#include "fake.h"
#include "decide/judge.h"
#include "decide/plan.h"

#include <stdio.h>

static struct group groups[] = { { 1 }, { 12 }, { 13 }, { 30 } };

#define BOUND(name) .driver_fact = FACT_KNOWN, .driver = TEXT(name)
#define RIVAL(name) .rivals = { (char *[]){ TEXT(name) }, 1 }

/* Two cards that are the same to the last digit. */
static struct function twins_[] = { ROOT_PORT(1, 1), RTX3080(1, 12), RTX3080(2, 13),
				    BMC_DISPLAY };
static const struct snapshot twins = MACHINE(twins_, groups, IOMMU_ON);

/* The same while the built-in xhci_hcd has the first card's USB function. */
static struct function attached_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, BOUND("xhci_hcd")),
	RTX3080(2, 13),
	BMC_DISPLAY,
};
static const struct snapshot attached = MACHINE(attached_, groups, IOMMU_ON);

static struct function variant_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2342, 0x030000, 12,
		 .vfio_module = TEXT("nvgrace_gpu_vfio_pci")),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
	RTX3080(2, 13),
	BMC_DISPLAY,
};
static const struct snapshot variant = MACHINE(variant_, groups, IOMMU_ON);

/* A card with the firmware's console; the console's driver and the card's class vary. */
#define CONSOLE_CARD(name, class)                                                        \
	static struct function name##_[] = {                                             \
		FUNCTION(1, 0, 0, 0x1002, 0x73df, class, 12,                             \
			 .has_firmware_framebuffer = true),                              \
		FUNCTION(1, 0, 1, 0x1002, 0xab28, 0x040300, 12),                         \
		BMC_DISPLAY,                                                             \
	}
#define CONSOLE(device, driver, console, ...)                                            \
	IOMMU_ON, .framebuffer_device = TEXT(device), .framebuffer_driver = driver,      \
		  .framebuffer_console = console, __VA_ARGS__

CONSOLE_CARD(efifb, 0x038000);
static const struct snapshot efifb =
	MACHINE(efifb_, groups,
		CONSOLE("efi-framebuffer.0", TEXT("efi-framebuffer"), TEXT("vtcon1"), ));

/* Before Linux 6.0 the kernel does not free a VGA function either. */
CONSOLE_CARD(efifb_vga, 0x030000);
static const struct snapshot efifb_vga =
	MACHINE(efifb_vga_, groups,
		CONSOLE("efi-framebuffer.0", TEXT("efi-framebuffer"), TEXT("vtcon1"),
			.kernel = TEXT("5.10.0-30-amd64")));

CONSOLE_CARD(simpledrm, 0x038000);
static const struct snapshot simpledrm =
	MACHINE(simpledrm_, groups,
		CONSOLE("simple-framebuffer.0", TEXT("simple-framebuffer"),
			TEXT("vtcon1"), .is_framebuffer_child = true));

/* simpledrm is a module, and not loaded yet. */
CONSOLE_CARD(bootfb, 0x038000);
static const struct snapshot bootfb =
	MACHINE(bootfb_, groups,
		CONSOLE("simple-framebuffer.0", NULL, NULL, .is_framebuffer_child = true));

/* Before Linux 6.9: the region cannot be dropped. */
CONSOLE_CARD(orphan, 0x038000);
static const struct snapshot orphan =
	MACHINE(orphan_, groups,
		CONSOLE("simple-framebuffer.0", TEXT("simple-framebuffer"),
			TEXT("vtcon1"), ));

/* A resizable BAR of 256 MiB, next to one that is smaller. */
static struct function resizable_[] = {
	FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12,
		 .features = { .bar_sizes = { 16 << 20, 256 << 20, 0, 32 << 20 },
			       .resizable_bars = 1 << 1 | 1 << 3 }),
	FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
	FUNCTION(1, 0, 2, 0x10de, 0x1ad6, 0x0c0330, 12, BOUND("xhci_hcd")),
	RTX3080(2, 13),
	BMC_DISPLAY,
};
static const struct snapshot resizable = MACHINE(resizable_, groups, IOMMU_ON);

struct scenario {
	const char *name;
	const char *config;
	const struct snapshot *machine;
	/* A permanent fault, so that the calls of the undo are reached too. */
	int vfio_pci_error;
	const char *refuses_vfio; /* address of a function that vfio-pci cannot probe */
	const char *stuck;	  /* ... that never unbinds */
	const char *lost_later;	  /* ... that loses its driver again */
	int resize_error;
	bool loses_resize;
	enum result results[2]; /* without a further fault */
};

#define ONE "gpu = 01:00.0\n"
#define BOTH "gpu = 01:00.0\ngpu = 02:00.0\n"
#define HOLD "on-failure = hold\n"
#define SETTINGS "reset-method = bus,flr\nd3cold = off\nrebar = 16G\nidle-d3 = off\n"

static const struct scenario scenarios[] = {
	{ "one of two twins", ONE, &twins, .results = { RESULT_CLAIMED } },
	{ "one of two twins, hold", ONE HOLD, &twins, .results = { RESULT_CLAIMED } },
	{ "both twins", BOTH, &twins, .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "both twins, hold", BOTH HOLD, &twins,
	  .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "built-in xhci", BOTH, &attached, .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "built-in xhci, hold", BOTH HOLD, &attached,
	  .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "variant", BOTH, &variant, .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "variant, hold", BOTH HOLD, &variant,
	  .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "vfio_pci missing", BOTH, &twins, .vfio_pci_error = -ENOENT,
	  .results = { RESULT_FAILED, RESULT_FAILED } },
	{ "vfio_pci rejected, hold", BOTH HOLD, &twins, .vfio_pci_error = -EKEYREJECTED,
	  .results = { RESULT_FAILED, RESULT_FAILED } },
	{ "the last function is not taken", BOTH, &twins, .refuses_vfio = "0000:01:00.2",
	  .results = { RESULT_FAILED, RESULT_CLAIMED } },
	{ "the last function is not taken, hold", BOTH HOLD, &twins,
	  .refuses_vfio = "0000:01:00.2", .results = { RESULT_FAILED, RESULT_CLAIMED } },
	{ "built-in xhci does not let go", BOTH, &attached, .stuck = "0000:01:00.2",
	  .results = { RESULT_FAILED, RESULT_CLAIMED } },
	{ "built-in xhci does not let go, hold", BOTH HOLD, &attached,
	  .stuck = "0000:01:00.2", .results = { RESULT_FAILED, RESULT_CLAIMED } },
	{ "settings", ONE SETTINGS, &resizable, .results = { RESULT_CLAIMED } },
	{ "settings, hold", ONE SETTINGS HOLD, &resizable, .results = { RESULT_CLAIMED } },
	{ "settings of one of two", BOTH "rebar = 01:00.0 16G\nd3cold = 02:00.0 off\n",
	  &resizable, .results = { RESULT_CLAIMED, RESULT_CLAIMED } },
	{ "settings, no room for the BAR", ONE SETTINGS, &resizable,
	  .resize_error = -ENOSPC, .results = { RESULT_CLAIMED } },
	{ "settings, the last function is not taken", ONE SETTINGS, &resizable,
	  .refuses_vfio = "0000:01:00.2", .results = { RESULT_FAILED } },
	{ "settings, the last function is not taken, hold", ONE SETTINGS HOLD, &resizable,
	  .refuses_vfio = "0000:01:00.2", .results = { RESULT_FAILED } },
	{ "settings, a console by simpledrm", ONE SETTINGS, &simpledrm,
	  .results = { RESULT_CLAIMED } },
	{ "console by efifb", ONE, &efifb, .results = { RESULT_CLAIMED } },
	{ "console by efifb, vfio_pci missing", ONE, &efifb, .vfio_pci_error = -ENOENT,
	  .results = { RESULT_FAILED } },
	{ "console by efifb, hold, vfio_pci missing", ONE HOLD, &efifb,
	  .vfio_pci_error = -ENOENT, .results = { RESULT_FAILED } },
	{ "console by efifb, the display is not taken", ONE, &efifb,
	  .refuses_vfio = "0000:01:00.0", .results = { RESULT_FAILED } },
	{ "console by efifb, the audio is not taken, hold", ONE HOLD, &efifb,
	  .refuses_vfio = "0000:01:00.1", .results = { RESULT_FAILED } },
	{ "console by efifb on a VGA function", ONE, &efifb_vga,
	  .results = { RESULT_CLAIMED } },
	{ "console by efifb on a VGA function, vfio_pci missing", ONE, &efifb_vga,
	  .vfio_pci_error = -ENOENT, .results = { RESULT_FAILED } },
	{ "console by simpledrm", ONE, &simpledrm, .results = { RESULT_CLAIMED } },
	{ "console by simpledrm, vfio_pci missing", ONE, &simpledrm,
	  .vfio_pci_error = -ENOENT, .results = { RESULT_FAILED } },
	{ "console by simpledrm, the audio is not taken", ONE, &simpledrm,
	  .refuses_vfio = "0000:01:00.1", .results = { RESULT_FAILED } },
	{ "simpledrm comes later", ONE, &bootfb, .results = { RESULT_CLAIMED } },
	{ "simpledrm comes later, the audio is not taken, hold", ONE HOLD, &bootfb,
	  .refuses_vfio = "0000:01:00.1", .results = { RESULT_FAILED } },
	{ "console by simpledrm that is nobody's child", ONE, &orphan,
	  .results = { RESULT_CLAIMED } },
	{ "console by simpledrm that is nobody's child, vfio_pci missing", ONE, &orphan,
	  .vfio_pci_error = -ENOENT, .results = { RESULT_FAILED } },
};

/* One run of a scenario, and its outcome. */
struct trial {
	struct snapshot machine;
	struct config config;
	struct plan plan;
	struct outcome outcome;
	struct fake fake;
};

static void trial_run(struct trial *trial, const struct scenario *scenario,
		      size_t fail_at, int fail_with, bool fails_late)
{
	const struct snapshot *machine = &trial->machine;
	struct execute_ops ops = fake_ops(&trial->fake);

	trial->machine = machine_join_groups(scenario->machine);
	trial->config = config_from(scenario->config, NULL);
	assert_int_equal(plan_make(&trial->config, machine, &trial->plan), 0);
	assert_int_equal(outcome_init(&trial->outcome, &trial->plan, machine), 0);
	for (size_t i = 0; i < machine->n_functions; i++) /* as in work.c */
		if (machine->functions[i].driver)
			trial->outcome.functions[i].driver =
				strdup(machine->functions[i].driver);
	fake_init(&trial->fake, machine);
	trial->fake.modules[0].error = scenario->vfio_pci_error;
	for (size_t i = 0; i < trial->fake.n_devices; i++) {
		struct fake_device *device = &trial->fake.devices[i];
		char address[PCI_ADDRESS_SIZE];

		bdf_format(&device->address, address);
		device->refuses_vfio = is_string_equal(scenario->refuses_vfio, address);
		device->is_stuck = is_string_equal(scenario->stuck, address);
		device->is_lost_later = is_string_equal(scenario->lost_later, address);
		device->resize_error = scenario->resize_error;
		device->loses_resize = scenario->loses_resize;
	}
	trial->fake.fail_at = fail_at;
	trial->fake.fail_with = fail_with;
	trial->fake.fails_late = fails_late;
	execute_plan(&trial->config, machine, &trial->plan, &ops, &trial->outcome);
}

static void trial_done(struct trial *trial)
{
	outcome_done(&trial->outcome);
	plan_done(&trial->plan);
	machine_done(&trial->machine);
	config_done(&trial->config);
}

/* The call that was made to fail, or NULL. */
static const struct fake_call *failed_call(const struct trial *trial)
{
	size_t n = trial->fake.fail_at;

	return n && n <= trial->fake.n_calls ? &trial->fake.calls[n - 1] : NULL;
}

static struct fake_device *device_of(struct trial *trial, size_t function)
{
	return &trial->fake.devices[function];
}

static bool is_wanted(const struct trial *trial, size_t function)
{
	for (size_t i = 0; i < trial->plan.n_targets; i++)
		for (size_t k = 0; k < trial->plan.targets[i].n_functions; k++)
			if (trial->plan.targets[i].functions[k] == function)
				return true;
	return false;
}

static bool is_of_target(const struct trial *trial, size_t target,
			 const struct fake_device *device)
{
	for (size_t k = 0; k < trial->plan.targets[target].n_functions; k++)
		if (&trial->fake.devices[trial->plan.targets[target].functions[k]] == device)
			return true;
	return false;
}

/* "claimed" is true, and stays true when the host's drivers load. */
static void check_claimed(struct trial *trial, size_t index)
{
	const struct target *target = &trial->plan.targets[index];

	for (size_t k = 0; k < target->n_functions; k++) {
		size_t function = target->functions[k];

		assert_true(is_vfio_driver(device_of(trial, function)->driver));
		assert_int_equal(trial->outcome.functions[function].result, RESULT_CLAIMED);
	}
}

/*
 * A failed card is given back or held, function by function. A function whose own undo was
 * made to fail may be left over, as no call remains to repair it; every other one is not.
 */
static void check_failed(struct trial *trial, const struct scenario *scenario, size_t index)
{
	const struct target *target = &trial->plan.targets[index];
	const struct fake_call *failed = failed_call(trial);
	bool has_undone_others = scenario->vfio_pci_error || scenario->refuses_vfio ||
				 scenario->stuck;

	for (size_t k = 0; k < target->n_functions; k++) {
		size_t function = target->functions[k];
		const struct fake_device *device = device_of(trial, function);
		const char *before = scenario->machine->functions[function].driver;

		assert_int_equal(trial->outcome.functions[function].result, RESULT_FAILED);
		if (device->was_unbound_in_vain)
			continue;
		if (has_undone_others && failed && failed->device == device)
			continue;
		assert_false(is_vfio_driver(device->driver));
		if (trial->config.on_failure == ON_FAILURE_RELEASE) {
			assert_string_equal(device->override, "");
			assert_string_equal(device->driver, device->host_driver);
		} else {
			assert_string_equal(device->override, HOLD_DRIVER);
			/* No driver gets it; the one before us may still be bound. */
			if (*device->driver)
				assert_string_equal(device->driver,
						    before ? before : "none");
		}
	}
}

/* A card may fail only by the scenario, a call of its own, or a call for all cards. */
static void check_blame(struct trial *trial, const struct scenario *scenario, size_t index)
{
	const struct fake_call *failed = failed_call(trial);

	if (trial->outcome.targets[index] == scenario->results[index])
		return;
	assert_int_equal(trial->outcome.targets[index], RESULT_FAILED);
	assert_non_null(failed);
	if (failed->device)
		assert_true(is_of_target(trial, index, failed->device));
	else if (failed->op == FAKE_LOAD)
		/* An optional module fails no card, a variant's only its own card. */
		assert_true(
			streq(failed->text, "load vfio_pci") ||
			(streq(failed->text, "load nvgrace_gpu_vfio_pci") && index == 0));
	else /* a console that stays does not fail the card */
		assert_int_equal(failed->op, FAKE_FIND);
}

static bool has_finding(const struct trial *trial, enum finding_code code,
			enum severity severity)
{
	for (size_t i = 0; i < trial->outcome.findings.n; i++)
		if (trial->outcome.findings.items[i].code == code &&
		    trial->outcome.findings.items[i].severity == severity)
			return true;
	return false;
}

/*
 * The console leaves a claimed card and returns to an unclaimed one, or a finding says why.
 */
static void check_framebuffer(struct trial *trial)
{
	const struct fake_framebuffer *framebuffer = &trial->fake.framebuffer;
	const struct snapshot *machine = &trial->machine;
	bool is_told = has_finding(trial, FINDING_FIRMWARE_FRAMEBUFFER, SEVERITY_WARNING);

	if (!framebuffer->is_there)
		return;
	assert_true(is_told || framebuffer->is_gone || !framebuffer->is_bound ||
		    framebuffer->is_console_on);
	if (trial->outcome.targets[0] == RESULT_CLAIMED) {
		assert_true(is_told || !framebuffer->is_bound);
		assert_true(is_told || framebuffer->is_gone ||
			    streq(framebuffer->override, HOLD_DRIVER));
		assert_true(
			!trial->fake.devices[0].holds_region || is_told ||
			findings_have(&trial->plan.findings, FINDING_FRAMEBUFFER_IN_BAR) ||
			findings_have(&trial->outcome.findings, FINDING_FRAMEBUFFER_IN_BAR));
	} else if (!framebuffer->is_gone && !is_told) {
		assert_int_equal(framebuffer->is_bound,
				 machine->framebuffer_driver != NULL);
		assert_string_equal(framebuffer->override, "");
	}
}

/*
 * A claimed card has what is configured, or a finding says that it has not; an unclaimed one has what it
 * had, or a finding says so.
 */
static void check_settings(struct trial *trial)
{
	bool is_told = has_finding(trial, FINDING_SETTING_REFUSED, SEVERITY_WARNING);

	for (size_t i = 0; i < trial->plan.n_steps && !is_told; i++) {
		const struct step *step = &trial->plan.steps[i];
		const struct fake_device *device = device_of(trial, step->function);
		const uint64_t *before =
			trial->machine.functions[step->function].features.bar_sizes;

		if (step->action != STEP_SETTING || device->was_unbound_in_vain)
			continue;
		if (trial->outcome.targets[step->target] != RESULT_CLAIMED) {
			assert_memory_equal(device->bar_sizes, before,
					    sizeof(device->bar_sizes));
			assert_string_equal(device->d3cold, "1");
			assert_string_equal(device->reset_method, "flr bus");
		} else if (step->setting->kind == CARD_REBAR)
			assert_int_equal(device->bar_sizes[1] >> 20, 1 << 14);
		else if (step->setting->kind == CARD_D3COLD)
			assert_string_equal(device->d3cold, "0");
		else
			assert_string_equal(device->reset_method, step->setting->value);
	}
}

static void check_cards(struct trial *trial, const struct scenario *scenario)
{
	for (size_t i = 0; i < trial->plan.n_targets; i++) {
		if (trial->outcome.targets[i] == RESULT_CLAIMED)
			check_claimed(trial, i);
		else
			check_failed(trial, scenario, i);
	}
}

static void check_promises(struct trial *trial, const struct scenario *scenario)
{
	const struct fake_call *failed = failed_call(trial);
	size_t surprises = 0;

	for (size_t i = 0; i < trial->plan.n_targets; i++) {
		assert_int_equal(trial->plan.targets[i].verdict, VERDICT_CLAIM);
		check_blame(trial, scenario, i);
		surprises += trial->outcome.targets[i] != scenario->results[i];
	}
	if (failed && failed->op == FAKE_FIND) /* called once for each function */
		assert_true(surprises <= 1);
	if (surprises)
		assert_true(findings_have_error(&trial->outcome.findings));
	for (size_t i = 0; i < trial->fake.n_devices; i++) {
		const struct fake_device *device = device_of(trial, i);
		const char *told = trial->outcome.functions[i].driver;

		/* Functions that are not configured are not touched: twins, bridges. */
		if (!is_wanted(trial, i)) {
			assert_int_equal(device->writes, 0);
			assert_string_equal(device->override, "");
			continue;
		}
		/* The outcome is true, unless the read of the state failed. */
		if (!failed || failed->op != FAKE_READ || failed->device != device)
			assert_string_equal(told ? told : "", device->driver);
	}
	check_cards(trial, scenario); /* now, and after the host's drivers have loaded */
	check_framebuffer(trial);
	check_settings(trial);
	fake_boot_on(&trial->fake);
	check_cards(trial, scenario);
	for (size_t i = 0; i < trial->fake.n_devices; i++)
		if (!is_wanted(trial, i))
			assert_string_equal(device_of(trial, i)->driver,
					    device_of(trial, i)->host_driver);
}

static void test_no_fault(void **state)
{
	const struct scenario *scenario = *state;
	struct trial trial;

	trial_run(&trial, scenario, 0, 0, false);
	check_promises(&trial, scenario);
	for (size_t i = 0; i < trial.plan.n_targets; i++)
		assert_int_equal(trial.outcome.targets[i], scenario->results[i]);
	trial_done(&trial);
}

static void test_every_fault(void **state)
{
	static const int errors[] = { -EIO,   -ENOENT, -ENODEV,	      -ENOMEM,
				      -EBUSY, -EPERM,  -EKEYREJECTED, -ETIMEDOUT };
	const struct scenario *scenario = *state;
	struct trial trial;
	size_t calls;

	trial_run(&trial, scenario, 0, 0, false);
	calls = trial.fake.n_calls;
	trial_done(&trial);
	assert_true(calls > 7);
	for (size_t n = 1; n <= calls; n++)
		for (size_t i = 0; i < ARRAY_SIZE(errors); i++)
			for (int late = 0; late < 2; late++) {
				trial_run(&trial, scenario, n, errors[i], late);
				/* Before the fault all calls are those of the run without it. */
				assert_true(trial.fake.n_calls >= n);
				check_promises(&trial, scenario);
				trial_done(&trial);
			}
}

/* The order of calls -------------------------------------------------------------------- */

static size_t find_call(const struct trial *trial, const char *text, size_t from)
{
	for (size_t i = from; i < trial->fake.n_calls; i++)
		if (streq(trial->fake.calls[i].text, text))
			return i;
	return SIZE_MAX;
}

#define OVERRIDE(address, text) "/sys/bus/pci/devices/" address "/driver_override " text
#define PROBE(address) "/sys/bus/pci/drivers_probe " address

static void test_overrides_before_loads(void **state)
{
	const struct scenario scenario = { "", BOTH, &twins };
	struct trial trial;
	size_t first_load;

	(void)state;
	trial_run(&trial, &scenario, 0, 0, false);
	first_load = find_call(&trial, "load vfio_pci", 0);
	assert_true(first_load < SIZE_MAX);
	for (size_t i = 0; i < trial.fake.n_calls; i++) {
		bool is_override = strstr(trial.fake.calls[i].text, "driver_override") !=
				   NULL;

		assert_int_equal(is_override, i < first_load);
	}
	assert_int_equal(first_load, 6);
	trial_done(&trial);
}

/*
 * A variant's driver name is known after its module's load; before, no driver may bind.
 */
static void test_variant(void **state)
{
	const struct scenario scenario = { "", ONE, &variant };
	struct trial trial;
	size_t held, load, find, named, probe;

	(void)state;
	trial_run(&trial, &scenario, 0, 0, false);
	held = find_call(&trial, OVERRIDE("0000:01:00.0", HOLD_DRIVER), 0);
	load = find_call(&trial, "load nvgrace_gpu_vfio_pci", 0);
	find = find_call(&trial, "find nvgrace_gpu_vfio_pci", 0);
	named = find_call(&trial, OVERRIDE("0000:01:00.0", "nvgrace-gpu-vfio-pci"), 0);
	probe = find_call(&trial, PROBE("0000:01:00.0"), 0);
	assert_true(held < load && load < find && find < named && named < probe &&
		    probe < SIZE_MAX);
	assert_string_equal(trial.outcome.functions[0].driver, "nvgrace-gpu-vfio-pci");
	assert_string_equal(trial.outcome.functions[1].driver, "vfio-pci");
	assert_int_equal(trial.outcome.targets[0], RESULT_CLAIMED);
	trial_done(&trial);
}

#define DEVICE_OVERRIDE(device, text)                                                    \
	"/sys/bus/platform/devices/" device ".0/driver_override " text
#define DRIVER(device, verb) "/sys/bus/platform/drivers/" device "/" verb " " device ".0"
#define SETTING(address, text) "/sys/bus/pci/devices/" address "/" text
#define VTCONSOLE "/sys/class/vtconsole/vtcon1/bind "

static const struct order_case {
	const char *name;
	const struct snapshot *machine;
	const char *config; /* NULL: the first card */
	int vfio_pci_error;
	const char *refuses_vfio;
	const char *calls[10]; /* in this order, with others between them */
	const char *never[2];
} order_cases[] = {
	{ "efifb: after the modules, before the probe", &efifb,
	  .calls = { OVERRIDE("0000:01:00.0", HOLD_DRIVER), "load vfio_pci",
		     DEVICE_OVERRIDE("efi-framebuffer", HOLD_DRIVER), VTCONSOLE "0",
		     DRIVER("efi-framebuffer", "unbind"), "look ",
		     OVERRIDE("0000:01:00.0", "vfio-pci"), PROBE("0000:01:00.0") },
	  .never = { "rescan ", VTCONSOLE "1" } },
	{ "efifb: without the module nothing is touched", &efifb,
	  .vfio_pci_error = -ENOENT, .calls = { "load vfio_pci" },
	  .never = { VTCONSOLE "0", DRIVER("efi-framebuffer", "unbind") } },
	{ "efifb on 5.10: without the module nothing is touched", &efifb_vga,
	  .vfio_pci_error = -ENOENT, .calls = { "load vfio_pci" },
	  .never = { VTCONSOLE "0", DRIVER("efi-framebuffer", "unbind") } },
	{ "efifb: given back once the card is", &efifb, .refuses_vfio = "0000:01:00.1",
	  .calls = { VTCONSOLE "0", PROBE("0000:01:00.1"), OVERRIDE("0000:01:00.0", "\n"),
		     PROBE("0000:01:00.0"), DEVICE_OVERRIDE("efi-framebuffer", "\n"),
		     DRIVER("efi-framebuffer", "bind"), VTCONSOLE "1" } },
	{ "simpledrm: scanned again when nobody draws", &simpledrm,
	  .calls = { "load vfio_pci", DEVICE_OVERRIDE("simple-framebuffer", HOLD_DRIVER),
		     VTCONSOLE "0", DRIVER("simple-framebuffer", "unbind"), "look ",
		     "rescan ", "look ", OVERRIDE("0000:01:00.0", "vfio-pci"),
		     PROBE("0000:01:00.0") } },
	{ "simpledrm later: its device is held all the same", &bootfb,
	  .calls = { "load vfio_pci", DEVICE_OVERRIDE("simple-framebuffer", HOLD_DRIVER),
		     "rescan ", PROBE("0000:01:00.0") },
	  .never = { VTCONSOLE "0", DRIVER("simple-framebuffer", "unbind") } },
	{ "simpledrm, no child: never removed", &orphan,
	  .calls = { VTCONSOLE "0", DRIVER("simple-framebuffer", "unbind"),
		     PROBE("0000:01:00.0") },
	  .never = { "rescan " } },
	{ "settings: nothing binds before, and the probe comes after", &resizable,
	  .config = ONE SETTINGS,
	  .calls = { OVERRIDE("0000:01:00.0", HOLD_DRIVER), "load vfio_pci", "unbind ",
		     SETTING("0000:01:00.0", "reset_method bus flr"),
		     SETTING("0000:01:00.0", "d3cold_allowed 0"),
		     SETTING("0000:01:00.0", "resource1_resize 14"), "bar ",
		     OVERRIDE("0000:01:00.0", "vfio-pci"), PROBE("0000:01:00.0"),
		     SETTING("0000:01:00.2", "d3cold_allowed 0") },
	  .never = { SETTING("0000:01:00.1", "reset_method bus flr"),
		     SETTING("0000:01:00.1", "resource0_resize 14") } },
	{ "settings: what is so already is neither written nor undone", &resizable,
	  .config = ONE "reset-method = flr,bus\nrebar = 256M\n",
	  .refuses_vfio = "0000:01:00.1",
	  .calls = { PROBE("0000:01:00.0"), OVERRIDE("0000:01:00.0", "\n") },
	  .never = { SETTING("0000:01:00.0", "reset_method default"),
		     SETTING("0000:01:00.0", "resource1_resize 8") } },
	{ "settings: a BAR gets its size back before the host's driver may come",
	  &resizable, .config = ONE SETTINGS, .refuses_vfio = "0000:01:00.1",
	  .calls = { PROBE("0000:01:00.0"), OVERRIDE("0000:01:00.0", HOLD_DRIVER),
		     "unbind ", SETTING("0000:01:00.0", "resource1_resize 8"), "bar ",
		     OVERRIDE("0000:01:00.0", "\n"), PROBE("0000:01:00.0") } },
	{ "settings: all are undone before the host's driver may come", &resizable,
	  .config = ONE "reset-method = bus\nd3cold = off\n", .refuses_vfio = "0000:01:00.1",
	  .calls = { SETTING("0000:01:00.0", "reset_method bus"), PROBE("0000:01:00.0"),
		     OVERRIDE("0000:01:00.0", HOLD_DRIVER), "unbind ",
		     SETTING("0000:01:00.0", "reset_method default"),
		     SETTING("0000:01:00.0", "d3cold_allowed 1"),
		     OVERRIDE("0000:01:00.0", "\n"), PROBE("0000:01:00.0") },
	  .never = { SETTING("0000:01:00.2", "reset_method default"),
		     SETTING("0000:01:00.0", "resource1_resize 8") } },
	{ "settings: the kernel's own reset methods have no value to compare", &resizable,
	  .config = ONE "reset-method = default\n",
	  .calls = { SETTING("0000:01:00.0", "reset_method default") } },
	{ "settings come after a rescan, which would undo them", &simpledrm,
	  .config = ONE "d3cold = off\n",
	  .calls = { "rescan ", SETTING("0000:01:00.0", "d3cold_allowed 0"),
		     PROBE("0000:01:00.0") } },
	{ "settings of another card", &resizable, .config = ONE "d3cold = 02:00.0 off\n",
	  .calls = { OVERRIDE("0000:01:00.0", "vfio-pci"), "load vfio_pci" },
	  .never = { SETTING("0000:01:00.0", "d3cold_allowed 0"),
		     SETTING("0000:02:00.0", "d3cold_allowed 0") } },
	{ "settings: the named function's reset method alone", &resizable,
	  .config = ONE "reset-method = 01:00.1 bus\n",
	  .calls = { SETTING("0000:01:00.1", "reset_method bus") },
	  .never = { SETTING("0000:01:00.0", "reset_method bus"),
		     SETTING("0000:01:00.2", "reset_method bus") } },
	{ "no framebuffer", &twins,
	  .calls = { OVERRIDE("0000:01:00.0", "vfio-pci"), "load vfio_pci" },
	  .never = { "look ", "rescan " } },
	{ "what the load has bound is not probed again", &twins,
	  .calls = { "load vfio_pci", "find vfio_pci" },
	  .never = { PROBE("0000:01:00.0"), PROBE("0000:01:00.2") } },
};

static void test_order(void **state)
{
	const struct order_case *test = *state;
	const struct scenario scenario = { "", test->config ?: ONE, test->machine,
					   .vfio_pci_error = test->vfio_pci_error,
					   .refuses_vfio = test->refuses_vfio };
	struct trial trial;
	size_t from = 0;

	trial_run(&trial, &scenario, 0, 0, false);
	for (size_t i = 0; i < ARRAY_SIZE(test->calls) && test->calls[i]; i++) {
		from = find_call(&trial, test->calls[i], from);
		if (from == SIZE_MAX)
			fail_msg("'%s' does not come, or too early", test->calls[i]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(test->never) && test->never[i]; i++)
		assert_int_equal(find_call(&trial, test->never[i], 0), SIZE_MAX);
	trial_done(&trial);
}

/* The outcome tells what happened to the console. */
static void test_framebuffer_told(void **state)
{
	const struct scenario failing = { "", ONE, &efifb, .refuses_vfio = "0000:01:00.1" };
	const struct scenario working = { "", ONE, &simpledrm };
	struct trial trial;
	size_t n;

	(void)state;
	trial_run(&trial, &failing, 0, 0, false);
	assert_true(has_finding(&trial, FINDING_FIRMWARE_FRAMEBUFFER, SEVERITY_INFO));
	n = find_call(&trial, DRIVER("efi-framebuffer", "bind"), 0);
	trial_done(&trial);
	trial_run(&trial, &failing, n + 1, -EIO, false);
	assert_true(has_finding(&trial, FINDING_FIRMWARE_FRAMEBUFFER, SEVERITY_WARNING));
	assert_false(has_finding(&trial, FINDING_FIRMWARE_FRAMEBUFFER, SEVERITY_INFO));
	trial_done(&trial);

	trial_run(&trial, &working, 0, 0, false);
	assert_false(findings_have(&trial.outcome.findings, FINDING_FRAMEBUFFER_IN_BAR));
	n = find_call(&trial, DRIVER("simple-framebuffer", "unbind"), 0);
	trial_done(&trial);
	/* A console that draws is not cut off. */
	trial_run(&trial, &working, n + 1, -EBUSY, false);
	assert_int_equal(find_call(&trial, "rescan ", 0), SIZE_MAX);
	assert_true(findings_have(&trial.outcome.findings, FINDING_FRAMEBUFFER_IN_BAR));
	assert_int_equal(trial.outcome.targets[0], RESULT_CLAIMED);
	trial_done(&trial);
}

/* An undo begins with the override, so that vfio-pci cannot bind again. */
static void test_undo_order(void **state)
{
	const struct scenario scenario = { "", ONE, &twins, .refuses_vfio = "0000:01:00.2" };
	struct trial trial;
	size_t cleared, probe;

	(void)state;
	trial_run(&trial, &scenario, 0, 0, false);
	cleared = find_call(&trial, OVERRIDE("0000:01:00.0", "\n"), 0);
	assert_true(cleared < SIZE_MAX);
	probe = find_call(&trial, PROBE("0000:01:00.0"), cleared);
	assert_true(probe < SIZE_MAX);
	assert_string_equal(trial.outcome.functions[1].driver, "nouveau");
	trial_done(&trial);
}

/* Findings ------------------------------------------------------------------------------ */

struct finding_case {
	const char *name;
	struct scenario scenario;
	const char *fail_call; /* its text; NULL: none */
	int fail_with;
	const char *findings;
	enum result result; /* of the first card */
	const char *says;   /* a part of the first finding's text */
	bool fails_late;
};

static const struct finding_case finding_cases[] = {
	{ "all well", { "", ONE, &twins }, NULL, 0, "", RESULT_CLAIMED },
	{ "vfio_pci missing",
	  { "", ONE, &twins },
	  "load vfio_pci",
	  -ENOENT,
	  "error MODULE_MISSING vfio_pci\n",
	  RESULT_FAILED },
	{ "vfio_pci rejected: key",
	  { "", ONE, &twins },
	  "load vfio_pci",
	  -EKEYREJECTED,
	  "error MODULE_REJECTED vfio_pci\n",
	  RESULT_FAILED },
	{ "vfio_pci rejected: lockdown",
	  { "", ONE, &twins },
	  "load vfio_pci",
	  -EPERM,
	  "error MODULE_REJECTED vfio_pci\n",
	  RESULT_FAILED },
	{ "vfio_pci rejected: format",
	  { "", ONE, &twins },
	  "load vfio_pci",
	  -ENOEXEC,
	  "error MODULE_REJECTED vfio_pci\n",
	  RESULT_FAILED },
	{ "type1 missing: a warning",
	  { "", ONE, &twins },
	  "load vfio_iommu_type1",
	  -ENOENT,
	  "warning MODULE_MISSING vfio_iommu_type1\n",
	  RESULT_CLAIMED },
	{ "type1 rejected: a warning",
	  { "", ONE, &twins },
	  "load vfio_iommu_type1",
	  -EPERM,
	  "warning MODULE_REJECTED vfio_iommu_type1\n",
	  RESULT_CLAIMED },
	/* vfio-pci has the card. */
	{ "variant missing",
	  { "", BOTH, &variant },
	  "load nvgrace_gpu_vfio_pci",
	  -ENOENT,
	  "warning MODULE_MISSING nvgrace_gpu_vfio_pci\n",
	  RESULT_CLAIMED },
	{ "variant rejected",
	  { "", BOTH, &variant },
	  "load nvgrace_gpu_vfio_pci",
	  -EKEYREJECTED,
	  "warning MODULE_REJECTED nvgrace_gpu_vfio_pci\n",
	  RESULT_CLAIMED },
	{ "variant needs a rival",
	  { "", BOTH, &variant },
	  "load nvgrace_gpu_vfio_pci",
	  -ECANCELED,
	  "warning MODULE_REJECTED nvgrace_gpu_vfio_pci\n",
	  RESULT_CLAIMED,
	  "depends on a driver" },
	{ "variant missing, and vfio_pci too: its card only",
	  { "", ONE, &variant, .vfio_pci_error = -ENOENT },
	  "load nvgrace_gpu_vfio_pci",
	  -ENOENT,
	  "warning MODULE_MISSING nvgrace_gpu_vfio_pci\n"
	  "error MODULE_MISSING vfio_pci\n",
	  RESULT_FAILED },
	{ "variant brings no driver",
	  { "", BOTH, &variant },
	  "find nvgrace_gpu_vfio_pci",
	  -ENOENT,
	  "warning PROBE_FAILED nvgrace_gpu_vfio_pci\n",
	  RESULT_CLAIMED },
	{ "settings are there", { "", ONE SETTINGS, &resizable }, NULL, 0, "", RESULT_CLAIMED },
	{ "no room for the BAR: undone, and the card is claimed",
	  { "", ONE SETTINGS, &resizable, .resize_error = -ENOSPC },
	  NULL,
	  0,
	  "warning SETTING_REFUSED 0000:01:00.0\n"
	  "info SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_CLAIMED,
	  "the kernel does not take 'rebar = 16G': No space left on device" },
	{ "a BAR that does not change",
	  { "", ONE SETTINGS, &resizable, .loses_resize = true },
	  NULL,
	  0,
	  "warning SETTING_REFUSED 0000:01:00.0\n"
	  "info SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_CLAIMED },
	{ "a BAR that does not change back",
	  { "", ONE "rebar = 16G\n", &resizable, .refuses_vfio = "0000:01:00.1" },
	  SETTING("0000:01:00.0", "resource1_resize 8"),
	  -ENOSPC,
	  "error PROBE_FAILED 0000:01:00.1\n"
	  "warning SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_FAILED },
	{ "no resizable BAR",
	  { "", ONE "rebar = 16G\n", &simpledrm },
	  NULL,
	  0,
	  "info FIRMWARE_FRAMEBUFFER 0000:01:00.0\n"
	  "warning SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_CLAIMED },
	{ "a reset method that the function lacks",
	  { "", ONE "reset-method = acpi\n", &resizable },
	  NULL,
	  0,
	  "warning SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_CLAIMED,
	  "the kernel does not take 'reset-method = acpi': Invalid argument" },
	{ "a setting whose write never returns",
	  { "", ONE SETTINGS, &resizable },
	  SETTING("0000:01:00.0", "d3cold_allowed 0"),
	  -ETIMEDOUT,
	  "error SETTING_REFUSED 0000:01:00.0\n",
	  RESULT_FAILED },
	{ "override refused",
	  { "", ONE, &twins },
	  OVERRIDE("0000:01:00.1", "vfio-pci"),
	  -EIO,
	  "error PROBE_FAILED 0000:01:00.1\n",
	  RESULT_FAILED },
	{ "not taken",
	  { "", ONE, &twins, .refuses_vfio = "0000:01:00.1" },
	  NULL,
	  0,
	  "error PROBE_FAILED 0000:01:00.1\n",
	  RESULT_FAILED,
	  "vfio-pci did not bind: the function has no driver" },
	{ "never unbinds",
	  { "", ONE, &attached, .stuck = "0000:01:00.2" },
	  NULL,
	  0,
	  "error UNBIND_TIMEOUT 0000:01:00.2\n",
	  RESULT_FAILED },
	/* "claimed" follows the driver link at the end, not an earlier one. */
	{ "bound, and lost later",
	  { "", ONE "d3cold = off\n", &resizable, .lost_later = "0000:01:00.0" },
	  NULL,
	  0,
	  "error PROBE_FAILED 0000:01:00.0\ninfo SETTING_REFUSED 0000:01:00.0\n"
	  "info SETTING_REFUSED 0000:01:00.1\ninfo SETTING_REFUSED 0000:01:00.2\n",
	  RESULT_FAILED,
	  "was bound, but has no driver at the end" },
	/* The driver link counts, not the result of a write. */
	{ "probe fails, but has bound it",
	  { "", ONE "d3cold = off\n", &resizable },
	  PROBE("0000:01:00.1"),
	  -EIO,
	  "",
	  RESULT_CLAIMED,
	  .fails_late = true },
};

static void test_findings(void **state)
{
	const struct finding_case *test = *state;
	_cleanup_free_ char *findings = NULL;
	struct trial trial;
	size_t n = 0;

	if (test->fail_call) {
		trial_run(&trial, &test->scenario, 0, 0, false);
		n = find_call(&trial, test->fail_call, 0) + 1;
		assert_int_not_equal(n, 0);
		trial_done(&trial);
	}
	trial_run(&trial, &test->scenario, n, test->fail_with, test->fails_late);
	findings = findings_to_text(&trial.outcome.findings);
	assert_string_equal(findings, test->findings);
	if (test->says)
		assert_non_null(strstr(trial.outcome.findings.items[0].text, test->says));
	assert_int_equal(trial.outcome.targets[0], test->result);
	if (trial.plan.n_targets > 1)
		assert_int_equal(trial.outcome.targets[1], RESULT_CLAIMED);
	trial_done(&trial);
}

/* Under hold, a refused card gets an override that names no driver, and no other write. */
static void test_hold_refused(void **state)
{
	struct function functions[] = {
		FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12, .has_iommu_unit = false),
		FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
		BMC_DISPLAY,
	};
	const struct snapshot machine = MACHINE(functions, groups, IOMMU_ON);
	const struct scenario scenario = { "", ONE HOLD, &machine };
	struct trial trial;

	(void)state;
	for (size_t fail_at = 0; fail_at <= 2; fail_at++) {
		trial_run(&trial, &scenario, fail_at, -EIO, false);
		assert_int_equal(trial.fake.n_calls, 2);
		assert_int_equal(trial.outcome.findings.n, fail_at ? 1 : 0);
		fake_boot_on(&trial.fake);
		for (size_t i = 0; i < 2; i++) {
			bool is_held = fail_at != i + 1;
			const struct fake_device *device = device_of(&trial, i);

			assert_string_equal(device->override, is_held ? HOLD_DRIVER : "");
			assert_string_equal(device->driver,
					    is_held ? "" : device->host_driver);
		}
		trial_done(&trial);
	}
}

/* An only display whose claim fails is given back: the host has no other display. */
static void test_last_display_is_not_held(void **state)
{
	struct function functions[] = {
		FUNCTION(1, 0, 0, 0x10de, 0x2206, 0x030000, 12),
		FUNCTION(1, 0, 1, 0x10de, 0x1aef, 0x040300, 12),
	};
	const struct snapshot machine = MACHINE(functions, groups, IOMMU_ON);
	const struct scenario scenario = { "", ONE HOLD "boot-display = allow\n",
					   &machine, .refuses_vfio = "0000:01:00.1" };
	struct trial trial;

	(void)state;
	trial_run(&trial, &scenario, 0, 0, false);
	assert_int_equal(trial.outcome.targets[0], RESULT_FAILED);
	fake_boot_on(&trial.fake);
	for (size_t i = 0; i < 2; i++)
		assert_string_equal(device_of(&trial, i)->driver,
				    device_of(&trial, i)->host_driver);
	trial_done(&trial);
}

/* Two cards share a group. vfio-pci refuses one, so the host gets both. */
static void test_lost_group_mate(void **state)
{
	struct function functions[] = {
		RTX3080(1, 12),
		FUNCTION(2, 0, 0, 0x1b21, 0x2142, 0x0c0330, 12, RIVAL("xhci_pci")),
		FUNCTION(3, 0, 0, 0x1b21, 0x2142, 0x0c0330, 13, RIVAL("xhci_pci")),
		BMC_DISPLAY,
	};
	static const char *const lines[] = {
		ONE "device = 02:00.0\ndevice = 03:00.0\n",
		"device = 03:00.0\ndevice = 02:00.0\n" ONE,
		ONE "device = 03:00.0\nshared-group = claim-all\n",
	};
	const struct snapshot machine = MACHINE(functions, groups, IOMMU_ON);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		const struct scenario scenario = { "", lines[i], &machine,
						   .refuses_vfio = "0000:02:00.0" };
		struct trial trial;

		trial_run(&trial, &scenario, 0, 0, false);
		for (size_t k = 0; k < trial.plan.n_targets; k++)
			assert_int_equal(
				trial.outcome.targets[k],
				trial.machine.functions[trial.plan.targets[k].functions[0]]
							.address.bus == 3 ?
					RESULT_CLAIMED :
					RESULT_FAILED);
		fake_boot_on(&trial.fake);
		for (size_t k = 0; k < 4; k++)
			assert_string_equal(device_of(&trial, k)->driver,
					    device_of(&trial, k)->host_driver);
		assert_string_equal(device_of(&trial, 4)->driver, "vfio-pci");
		trial_done(&trial);
	}
}

/* After the worker died, the parent gives back the functions it was sent. */
static void test_give_back(void **state)
{
	const struct bdf functions[] = { { 0, 1, 0, 0 }, { 0, 1, 0, 1 }, { 0, 1, 0, 2 } };

	(void)state;
	for (int policy = ON_FAILURE_RELEASE; policy <= ON_FAILURE_HOLD; policy++) {
		struct fake fake;
		struct execute_ops ops = fake_ops(&fake);

		fake_init(&fake, &twins);
		fake.modules[0].is_loaded = true;
		for (size_t i = 1; i < 4;
		     i++) { /* one bound, one only overridden, one stuck */
			strcpy(fake.devices[i].override, "vfio-pci");
			if (i != 2)
				strcpy(fake.devices[i].driver, "vfio-pci");
		}
		fake.devices[3].is_stuck = true;
		execute_give_back(functions, 3, policy, &ops);
		fake_boot_on(&fake);
		for (size_t i = 1; i < 3; i++)
			assert_string_equal(fake.devices[i].driver,
					    policy == ON_FAILURE_HOLD ?
						    "" :
						    fake.devices[i].host_driver);
		for (size_t i = 4; i < fake.n_devices; i++)
			assert_int_equal(fake.devices[i].writes, 0);
	}
}

/* A claim that stood, and that a later judgement takes back, as where a group was not known at first. */
static void test_settings_undone_later(void **state)
{
	const struct scenario scenario = { "", ONE SETTINGS, &resizable };
	struct execute_ops ops;
	struct trial trial;

	(void)state;
	trial_run(&trial, &scenario, 0, 0, false);
	assert_int_equal(trial.outcome.targets[0], RESULT_CLAIMED);
	ops = fake_ops(&trial.fake);
	for (size_t i = 0; i < trial.plan.targets[0].n_functions; i++) {
		size_t index = trial.plan.targets[0].functions[i];
		const struct fake_device *device = device_of(&trial, index);

		execute_undo_settings(&trial.machine, index, &ops, &trial.outcome);
		assert_string_equal(device->driver, "");
		assert_string_equal(device->override, HOLD_DRIVER);
		/* Once is enough. */
		trial.fake.n_calls = 0;
		execute_undo_settings(&trial.machine, index, &ops, &trial.outcome);
		assert_int_equal(trial.fake.n_calls, 0);
	}
	trial.outcome.targets[0] = RESULT_REFUSED;
	assert_false(has_finding(&trial, FINDING_SETTING_REFUSED, SEVERITY_WARNING));
	check_settings(&trial);
	trial_done(&trial);
}

/* The child that writes was killed, or the value does not read back: it may be written all the same. */
static void test_setting_cut_off(void **state)
{
	static const char *const calls[] = { SETTING("0000:01:00.0", "reset_method bus flr"),
					     SETTING("0000:01:00.0", "d3cold_allowed 0") };
	static const int errors[] = { -EINTR, -EIO };
	const struct scenario scenario = { "", ONE SETTINGS, &resizable };
	struct trial trial;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(calls) * ARRAY_SIZE(errors); i++) {
		bool is_d3cold = i / ARRAY_SIZE(errors);
		size_t call;

		trial_run(&trial, &scenario, 0, 0, false);
		call = find_call(&trial, calls[is_d3cold], 0) + 1;
		trial_done(&trial);
		trial_run(&trial, &scenario, call, errors[i % ARRAY_SIZE(errors)], true);
		assert_int_equal(trial.outcome.targets[0], RESULT_CLAIMED);
		assert_true(has_finding(&trial, FINDING_SETTING_REFUSED, SEVERITY_WARNING));
		assert_string_equal(trial.fake.devices[0].d3cold, is_d3cold ? "1" : "0");
		assert_string_equal(trial.fake.devices[0].reset_method,
				    is_d3cold ? "bus flr" : "flr bus");
		trial_done(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_overrides_before_loads),
		cmocka_unit_test(test_variant),
		cmocka_unit_test(test_framebuffer_told),
		cmocka_unit_test(test_undo_order),
		cmocka_unit_test(test_hold_refused),
		cmocka_unit_test(test_last_display_is_not_held),
		cmocka_unit_test(test_lost_group_mate),
		cmocka_unit_test(test_give_back),
		cmocka_unit_test(test_settings_undone_later),
		cmocka_unit_test(test_setting_cut_off),
	};

	return RUN_TABLE(scenarios, test_no_fault) +
	       RUN_TABLE(scenarios, test_every_fault) + RUN_TABLE(order_cases, test_order) +
	       RUN_TABLE(finding_cases, test_findings) +
	       cmocka_run_group_tests_name("execute", tests, NULL, NULL);
}
