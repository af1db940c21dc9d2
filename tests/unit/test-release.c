// SPDX-License-Identifier: GPL-2.0-or-later
/* Which ids vfio-pci is asked for, and how a card is given back, by an executor that writes down every call. */
#include "cmd/live/release.h"
#include "decide/plan.h"
#include "decide/reserve.h"
#include "model/function.h"
#include "unit.h"

#include <stdio.h>

static struct group groups[] = { { .number = 12 }, { .number = 13 } };

#define AUDIO(bus, group_) FUNCTION(bus, 0, 1, 0x10de, 0x1aef, 0x040300, group_)
#define CARD_OF(bus, group_, ...)                                                        \
	FUNCTION(bus, 0, 0, 0x10de, 0x2206, 0x030000, group_, __VA_ARGS__),              \
		AUDIO(bus, group_)

static struct function alone[] = { CARD_OF(1, 12, .has_iommu_unit = true) };
static const struct snapshot one = MACHINE(alone, groups, IOMMU_ON);
static struct function same[] = { CARD_OF(1, 12, .has_iommu_unit = true),
				  CARD_OF(2, 13, .has_iommu_unit = true) };
static const struct snapshot twins = MACHINE(same, groups, IOMMU_ON);
static struct function other[] = {
	CARD_OF(1, 12, .has_iommu_unit = true),
	CARD_OF(2, 13, .subsystem = { 0x1462, 0x3202 }),
};
static const struct snapshot cousins = MACHINE(other, groups, IOMMU_ON);
static struct function hidden[] = {
	CARD_OF(1, 12, .has_iommu_unit = true),
	CARD_OF(2, 13, .subsystem_fact = FACT_UNREADABLE),
};
static const struct snapshot unread = MACHINE(hidden, groups, IOMMU_ON);
static struct function special[] = { CARD_OF(1, 12, .vfio_module = TEXT("xe_vfio_pci")) };
static const struct snapshot variant = MACHINE(special, groups, IOMMU_ON);

/* The system ---------------------------------------------------------------------------------- */

#define MOST 4

struct fake {
	const struct snapshot *machine;
	const char *drivers[MOST];
	const char *host[MOST];
	bool is_vfio_first, is_stuck;
	char log[4096];
};

static void note(struct fake *fake, const char *what, const char *text)
{
	size_t used = strlen(fake->log);

	snprintf(fake->log + used, sizeof(fake->log) - used, "%s %s\n", what,
		 streq(text, "\n") ? "-" : text);
}

static size_t index_of(const struct fake *fake, const char *text)
{
	struct bdf address;

	for (size_t i = 0; i < fake->machine->n_functions; i++)
		if (bdf_parse(text, &address) &&
		    !bdf_compare(&address, &fake->machine->functions[i].address))
			return i;
	fail_msg("no function %s", text);
	return 0;
}

static int do_write(void *data, const char *path, const char *text)
{
	struct fake *fake = data;
	const char *name = strrchr(path, '/') + 1;

	note(fake, name, text);
	if (streq(name, "remove_id"))
		fake->is_vfio_first = false;
	if (streq(name, "drivers_probe") && !fake->drivers[index_of(fake, text)])
		fake->drivers[index_of(fake, text)] =
			fake->is_vfio_first ? "vfio-pci" : fake->host[index_of(fake, text)];
	return 0;
}

static int do_load(void *data, const char *module)
{
	note(data, "load", module);
	return 0;
}

static int do_read(void *data, const struct bdf *address, char **ret_driver)
{
	struct fake *fake = data;
	char text[PCI_ADDRESS_SIZE];
	const char *driver = fake->drivers[index_of(fake, bdf_format(address, text))];

	*ret_driver = driver ? strdup(driver) : NULL;
	return 0;
}

static int do_find(void *data, const char *module, char **ret_driver)
{
	(void)data;
	*ret_driver = strdup(module);
	return 0;
}

static int do_unbind(void *data, const struct bdf *address)
{
	struct fake *fake = data;
	char text[PCI_ADDRESS_SIZE];

	note(fake, "unbind", bdf_format(address, text));
	if (fake->is_stuck)
		return -ETIMEDOUT;
	fake->drivers[index_of(fake, text)] = NULL;
	return 0;
}

static struct execute_ops ops_of(struct fake *fake)
{
	return (struct execute_ops){
		.write = do_write,
		.load = do_load,
		.read_driver = do_read,
		.find_driver = do_find,
		.unbind = do_unbind,
		.write_bounded = do_write,
		.data = fake,
	};
}

struct trial {
	struct config config;
	struct plan plan;
	struct outcome outcome;
	struct fake fake;
};

static void begin(struct trial *trial, const struct snapshot *machine, const char *config)
{
	*trial = (struct trial){ .config = config_from(config, NULL),
				 .fake = { .machine = machine } };
	assert_int_equal(plan_make(&trial->config, machine, &trial->plan), 0);
	assert_int_equal(outcome_init(&trial->outcome, &trial->plan, machine), 0);
}

static void end(struct trial *trial)
{
	outcome_done(&trial->outcome);
	plan_done(&trial->plan);
	config_done(&trial->config);
}

/* Ids ----------------------------------------------------------------------------------------- */

#define DISPLAY_ID "10de 2206 1458 403b 030000 ffffff\n"
#define AUDIO_ID "10de 1aef 1458 403b 040300 ffffff\n"

static const struct {
	const char *name, *config;
	const struct snapshot *machine;
	const char *asked;
} rows[] = {
	{ "nothing else has the ids", "gpu = 01:00.0\n", &one,
	  "new_id " DISPLAY_ID "new_id " AUDIO_ID },
	{ "a twin", "gpu = 01:00.0\n", &twins, "" },
	/* The audio functions differ in nothing. */
	{ "the same chip by another maker", "gpu = 01:00.0\n", &cousins,
	  "new_id " DISPLAY_ID },
	{ "perhaps a twin", "gpu = 01:00.0\n", &unread, "" },
	{ "a variant driver", "gpu = 01:00.0\n", &variant, "new_id " AUDIO_ID },
	{ "awaited", "gpu = 09:00.0 id=10de:2231 subsystem=1458:403b\n", &one,
	  "load vfio_pci\nnew_id 10de 2231 1458 403b\n" },
	{ "awaited, and its id alone is known", "gpu = 09:00.0 id=10de:2231\n", &one, "" },
	{ "awaited, and mistyped", "gpu = 09:00.0\n", &one, "" },
};

static void test_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct trial trial;
		struct execute_ops ops = ops_of(&trial.fake);

		print_message("%s\n", rows[i].name);
		begin(&trial, rows[i].machine, rows[i].config);
		execute_reserve(rows[i].machine, &trial.plan, &ops, &trial.outcome);
		/* Not before the card is claimed. */
		assert_true(trial.plan.targets[0].is_awaited || !*trial.fake.log);
		*trial.fake.log = '\0';
		trial.outcome.targets[0] = RESULT_CLAIMED;
		execute_reserve(rows[i].machine, &trial.plan, &ops, &trial.outcome);
		assert_string_equal(trial.fake.log, rows[i].asked);
		end(&trial);
	}
}

/* Giving back --------------------------------------------------------------------------------- */

static void begin_claimed(struct trial *trial, const struct snapshot *machine)
{
	begin(trial, machine, "gpu = 01:00.0\n");
	trial->plan.targets[0].verdict = VERDICT_CLAIM;
	trial->fake.is_vfio_first = true;
	for (size_t i = 0; i < 2; i++)
		trial->fake.drivers[i] = "vfio-pci";
	trial->fake.host[0] = "nouveau";
	trial->fake.host[1] = "snd_hda_intel";
	for (size_t i = 2; i < machine->n_functions; i++)
		trial->fake.drivers[i] = "nouveau";
}

static void give_back(struct trial *trial, bool is_held)
{
	struct execute_ops ops = ops_of(&trial->fake);

	release_plan(trial->fake.machine, &trial->plan, is_held, &ops, 0, &trial->outcome);
	assert_null(strstr(trial->fake.log, "0000:02:"));
}

static void test_released(void **state)
{
	struct trial trial;
	const char *id, *probe;

	(void)state;
	begin_claimed(&trial, &twins);
	give_back(&trial, false);
	assert_int_equal(trial.outcome.targets[0], RESULT_RELEASED);
	assert_string_equal(trial.outcome.functions[0].driver, "nouveau");
	assert_string_equal(trial.outcome.functions[1].driver, "snd_hda_intel");
	/* vfio-pci would be asked first. */
	id = strstr(trial.fake.log, "remove_id " AUDIO_ID);
	probe = strstr(trial.fake.log, "drivers_probe");
	assert_true(id && probe && id < probe);
	end(&trial);
}

static void test_held(void **state)
{
	struct trial trial;

	(void)state;
	begin_claimed(&trial, &one);
	trial.fake.drivers[1] = "snd_hda_intel"; /* from the host's driver too */
	give_back(&trial, true);
	assert_int_equal(trial.outcome.targets[0], RESULT_HELD);
	assert_null(trial.outcome.functions[0].driver);
	assert_null(trial.outcome.functions[1].driver);
	assert_null(strstr(trial.fake.log, "drivers_probe"));
	assert_non_null(strstr(trial.fake.log, "driver_override " HOLD_DRIVER));
	end(&trial);
}

static void test_a_driver_that_does_not_let_go(void **state)
{
	struct trial trial;

	(void)state;
	for (int is_held = 0; is_held < 2; is_held++) {
		begin_claimed(&trial, &one);
		trial.fake.is_stuck = true;
		give_back(&trial, is_held);
		assert_int_equal(trial.outcome.targets[0], RESULT_FAILED);
		assert_true(findings_have(&trial.outcome.findings, FINDING_UNBIND_TIMEOUT));
		end(&trial);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_released),
		cmocka_unit_test(test_held),
		cmocka_unit_test(test_a_driver_that_does_not_let_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
