// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Random stories of a machine with several boot images: boots that come up, hang, are switched
 * off, hibernate, resume, or belong to a crash kernel. After each boot the record must agree
 * with a model of a few numbers: a claim is given up after `limit` unfinished boots in a row
 * of its image and no earlier, whatever the other images do. VFIO_CLAIM_SEED repeats one story.
 */
#include "trial/trial.h"
#include "unit.h"

#include <stdio.h>

#define STORIES 3000
#define BOOTS 60

/* An image as the machine's owner knows it. */
struct image {
	uint8_t key[TRIAL_KEY_SIZE];
	unsigned unfinished; /* boots in a row that tried the claim and did not come up */
	bool is_confirmed, is_spent;
};

struct machine {
	uint64_t random;
	struct image images[TRIAL_CLAIMS];
	unsigned n_images, limit;
	unsigned boots;

	/* The EFI variable. */
	uint8_t variable[TRIAL_RECORD_SIZE_MAX];
	size_t size; /* 0: the variable does not exist */

	/* A hibernated system waits: its boot, and the boot it noted. */
	bool is_hibernated, has_note;
	uint8_t sleeper[16], note[16];
	struct image *newest; /* image of the newest boot written since; NULL: none */
	bool was_newest_tried;
};

/* One run of the kernel, from the agent's start on. */
struct boot {
	uint8_t id[16];
	struct image *image;
	bool is_tried, is_written;
};

static unsigned draw(struct machine *machine, unsigned most)
{
	machine->random ^= machine->random << 13;
	machine->random ^= machine->random >> 7;
	machine->random ^= machine->random << 17;
	return (machine->random >> 11) % most;
}

static struct trial_record load(const struct machine *machine)
{
	struct trial_record record = {};

	if (machine->size)
		assert_true(trial_decode(machine->variable, machine->size, &record));
	return record;
}

static void store(struct machine *machine, const struct trial_record *record)
{
	machine->size = trial_encode(record, machine->variable);
	assert_true(machine->size <= 1000);
}

/* Compares the record with the model. */
static void compare(const struct machine *machine)
{
	struct trial_record record = load(machine);

	for (unsigned i = 0; i < machine->n_images; i++) {
		const struct image *image = &machine->images[i];
		const struct trial_claim *claim = trial_find_claim(&record, image->key);

		if (!claim) {
			assert_false(image->is_confirmed || image->is_spent ||
				     image->unfinished);
			continue;
		}
		assert_int_equal(claim->state, image->is_confirmed ? TRIAL_STATE_CONFIRMED :
					       image->is_spent	   ? TRIAL_STATE_SPENT :
								     TRIAL_STATE_TRYING);
		if (!image->is_confirmed)
			assert_int_equal(claim->attempts, image->unfinished);
	}
}

/* Firmware, kernel, agent: the card is claimed, or its claim was given up. */
static struct boot start(struct machine *machine)
{
	struct boot boot = { .image = &machine->images[draw(machine, machine->n_images)] };
	struct image *image = boot.image;
	struct trial_record record = load(machine), written;
	struct trial_box box = { .stage = TRIAL_STAGE_CLAIMING, .kernel = "6.1" };
	bool is_changed, may;

	boot.id[0] = ++machine->boots;
	boot.id[15] = 1;
	memcpy(box.boot_id, boot.id, sizeof(boot.id));
	may = trial_decide(machine->size ? &record : NULL, machine->limit, image->key,
			   &box, &written, &is_changed);
	assert_int_equal(is_changed, !image->is_confirmed && !image->is_spent);
	assert_int_equal(may, image->is_confirmed || (!image->is_spent &&
						      image->unfinished < machine->limit));
	if (!is_changed)
		return boot;
	store(machine, &written);
	boot.is_written = true;
	boot.is_tried = may;
	if (may)
		image->unfinished++;
	else
		image->is_spent = true;
	machine->newest = image;
	machine->was_newest_tried = may;
	return boot;
}

/* The agent's last write. A boot that hangs at once never gets there. */
static void tell(struct machine *machine, const struct boot *boot, enum trial_stage stage)
{
	struct trial_record record = load(machine);
	struct trial_box *box = trial_find_box(&record, boot->id);

	if (!boot->is_tried)
		return;
	assert_non_null(box);
	box->stage = stage;
	store(machine, &record);
}

static void come_up(struct machine *machine, struct boot *boot, bool has_claimed)
{
	struct trial_record record = load(machine);
	struct image *image = boot->image;
	enum trial_confirmation answer;

	tell(machine, boot, has_claimed ? TRIAL_STAGE_CLAIMED : TRIAL_STAGE_FAILED);
	record = load(machine);
	answer = trial_confirm(&record, draw(machine, 2) ? image->key : NULL, boot->id);
	if (!boot->is_tried) {
		assert_true(answer != TRIAL_CONFIRMED_NOW && answer != TRIAL_NOT_CLAIMED);
		return;
	}
	assert_int_equal(answer, has_claimed ? TRIAL_CONFIRMED_NOW : TRIAL_NOT_CLAIMED);
	image->unfinished = 0;
	image->is_confirmed = has_claimed;
	if (draw(machine, 4)) /* otherwise the boxes cannot be filed, and stay */
		record.n_boxes = 0;
	store(machine, &record);
}

static void hibernate(struct machine *machine, const struct boot *boot)
{
	struct trial_record record = load(machine);

	machine->is_hibernated = true;
	machine->has_note = record.n_boxes > 0;
	if (machine->has_note)
		memcpy(machine->note, record.boxes[record.n_boxes - 1].boot_id, 16);
	memcpy(machine->sleeper, boot->id, sizeof(boot->id));
	machine->newest = NULL;
}

/*
 * The boot ends, and memory is the hibernated system's again. A boot that wrote nothing leaves
 * no trace: the newest boot that wrote is taken for it, and not counted.
 */
static void resume(struct machine *machine)
{
	struct trial_record record = load(machine);
	struct trial_box box;
	bool is_given_back;

	is_given_back = trial_give_back(&record, machine->sleeper,
					machine->has_note ? machine->note : NULL, &box);
	assert_int_equal(is_given_back, machine->newest != NULL);
	if (is_given_back) {
		store(machine, &record);
		if (machine->was_newest_tried)
			machine->newest->unfinished--;
		machine->newest = NULL;
	}
}

/* A person at the running machine. */
static void by_hand(struct machine *machine, const struct boot *boot)
{
	struct trial_record record = load(machine);
	struct image *image = boot->image;

	if (draw(machine, 30) == 0) { /* 'vfio-claim remove' */
		machine->size = 0;
		for (unsigned i = 0; i < machine->n_images; i++) {
			image = &machine->images[i];
			image->unfinished = 0;
			image->is_confirmed = image->is_spent = false;
		}
	} else if (image->is_spent && draw(machine, 2)) { /* 'vfio-claim confirm --again' */
		assert_int_equal(trial_renew(&record, image->key), 1);
		image->is_spent = false;
		image->unfinished = 0;
		store(machine, &record);
	}
}

/* A second run of the agent in one boot, by hand, is not another attempt and is not counted. */
static void start_again(struct machine *machine, const struct boot *boot)
{
	struct trial_box box = { .stage = TRIAL_STAGE_CLAIMING, .kernel = "6.1" };
	struct trial_record record = load(machine), written;
	bool is_changed, may;

	memcpy(box.boot_id, boot->id, sizeof(boot->id));
	may = trial_decide(&record, machine->limit, boot->image->key, &box, &written,
			   &is_changed);
	assert_int_equal(may, !boot->image->is_spent);
	if (is_changed)
		store(machine, &written);
}

static void run_boot(struct machine *machine)
{
	struct boot boot;

	if (draw(machine, 12) == 0) {
		/* A crash kernel, or vfio_claim.mode=off: the agent does not read the record. */
		machine->boots++;
		return;
	}
	boot = start(machine);
	if (draw(machine, 8) == 0)
		start_again(machine, &boot);
	switch (draw(machine, 6)) {
	case 0: /* hangs while it claims */
		break;
	case 1: /* hangs later, or is switched off */
		tell(machine, &boot, TRIAL_STAGE_CLAIMED);
		break;
	case 2:
		if (machine->is_hibernated) {
			tell(machine, &boot, TRIAL_STAGE_CLAIMED);
			resume(machine);
			/* The resumed system may hibernate again. */
			if (draw(machine, 2)) {
				memcpy(boot.id, machine->sleeper, sizeof(boot.id));
				hibernate(machine, &boot);
			} else {
				machine->is_hibernated = false;
			}
			break;
		}
		/* fall through */
	default:
		come_up(machine, &boot, draw(machine, 4));
		machine->is_hibernated =
			false; /* noresume, or another system: its image is void */
		by_hand(machine, &boot);
		if (draw(machine, 3) == 0)
			hibernate(machine, &boot);
	}
}

static uint64_t telling; /* 0: the last story passed */

static void tell_story(uint64_t seed)
{
	struct machine machine = { .random = seed * 0x9e3779b97f4a7c15u | 1 };

	telling = seed;
	machine.n_images = 1 + draw(&machine, TRIAL_CLAIMS);
	machine.limit = 1 + draw(&machine, 3);
	for (unsigned i = 0; i < machine.n_images; i++)
		machine.images[i].key[0] = i + 1;
	for (unsigned i = 0; i < BOOTS; i++) {
		run_boot(&machine);
		compare(&machine);
	}
	telling = 0;
}

static void test_stories(void **state)
{
	const char *seed = getenv("VFIO_CLAIM_SEED");

	(void)state;
	if (seed)
		tell_story(strtoull(seed, NULL, 10));
	for (uint64_t i = 1; !seed && i <= STORIES; i++)
		tell_story(i);
	print_message("%d stories of %d boots\n", seed ? 1 : STORIES, BOOTS);
}

static int say_seed(void **state)
{
	(void)state;
	if (telling)
		print_message("VFIO_CLAIM_SEED=%ju tells this one again\n",
			      (uintmax_t)telling);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test_teardown(test_stories,
								      say_seed) };

	return cmocka_run_group_tests_name("boots", tests, NULL, NULL);
}
