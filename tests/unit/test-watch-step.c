// SPDX-License-Identifier: GPL-2.0-or-later
/* Each change of a card is told once, and none is invented. */
#include "cmd/live/watch-step.h"

#include "model/finding.h"
#include "unit.h"

#include <stdio.h>

#define F0 "0000:01:00.0"
#define F1 "0000:01:00.1"
#define MATE "0000:02:00.0"

/* The faults of a look, a letter each. */
static const struct fault {
	char letter;
	enum event_kind kind;
	enum finding_code code;
	const char *subject, *text;
} faults[] = {
	{ 'g', EVENT_GONE, FINDING_CLAIM_LOST, F0, "gone" },
	{ 'n', EVENT_LOST, FINDING_CLAIM_LOST, F0, "no driver" },
	{ 'r', EVENT_LOST, FINDING_RIVAL_BOUND, F0, "nouveau" },
	{ 's', EVENT_LOST, FINDING_RIVAL_BOUND, F0, "snd" },
	{ 'f', EVENT_UNREACHABLE, FINDING_CLAIM_LOST, F0, "all ones" },
	{ 'G', EVENT_GONE, FINDING_CLAIM_LOST, F1, "gone" },
	{ 'N', EVENT_LOST, FINDING_CLAIM_LOST, F1, "no driver" },
	{ 'R', EVENT_LOST, FINDING_RIVAL_BOUND, F1, "nouveau" },
	{ 'F', EVENT_UNREACHABLE, FINDING_CLAIM_LOST, F1, "all ones" },
	{ 'm', EVENT_GROUP_CHANGED, FINDING_GROUP_SHARED, MATE, "nvme" },
	{ 'b', EVENT_GROUP_CHANGED, FINDING_GROUP_BRIDGE_DRIVER, MATE, "shpchp" },
};

static const struct fault *find_fault(char letter)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (faults[i].letter == letter)
			return &faults[i];
	return NULL;
}

/*
 * A look is the letters of its faults, then what the report says of the card. 'K': `verify` knows the
 * faults before it. '+': the card's last event is of another cause, '-': it is ours; then its kind:
 * c(laimed), g(one), l(ost), u(nreachable), m(ates), v: an arrival in vain. '!': it is another event
 * than before.
 */
static enum event_kind kind_of(char letter)
{
	return letter == 'c' ? EVENT_CLAIMED :
	       letter == 'g' ? EVENT_GONE :
	       letter == 'l' ? EVENT_LOST :
	       letter == 'u' ? EVENT_UNREACHABLE :
	       letter == 'v' ? EVENT_REFUSED :
			       EVENT_GROUP_CHANGED;
}

static void add_fault(struct watch_look *look, const struct fault *fault)
{
	findings_add(&look->faults.findings, fault->subject, fault->code, NULL, "%s",
		     fault->text);
	look->faults.kinds[look->faults.findings.n - 1] = fault->kind;
}

static struct watch_look look_from(const char *text, size_t length, unsigned *number)
{
	struct watch_look look = { .last = EVENT_UNKNOWN };

	for (const char *letter = text; letter < text + length; letter++) {
		const struct fault *fault = find_fault(*letter);

		if (*letter == 'K') {
			for (size_t i = 0; i < look.faults.findings.n; i++)
				look.is_known[i] = true;
		} else if (*letter == '!') {
			++*number;
		} else if (*letter == '+' || *letter == '-') {
			look.is_last_ours = *letter++ == '-';
			look.last = kind_of(*letter);
			look.is_last_in_vain = *letter == 'v';
		} else if (fault) {
			add_fault(&look, fault);
		}
	}
	if (look.last != EVENT_UNKNOWN)
		look.mark = text_format("%d %d %u", look.last, look.is_last_ours, *number);
	return look;
}

/* The letters that a step tells; '*' for a card that is whole again. */
static void step(struct watch_state *state, const char *text, size_t length,
		 unsigned *number, char *told)
{
	struct watch_look look = look_from(text, length, number);
	struct watch_changes changes;

	watch_step(state, &look, &changes);
	for (size_t i = 0; i < state->told.findings.n; i++)
		for (size_t k = 0; changes.is_new[i] && k < ARRAY_SIZE(faults); k++)
			if (state->told.kinds[i] == faults[k].kind &&
			    streq(state->told.findings.items[i].subject, faults[k].subject) &&
			    streq(state->told.findings.items[i].text, faults[k].text))
				*told++ = faults[k].letter;
	if (changes.is_whole_again)
		*told++ = '*';
	*told = '\0';
	watch_look_done(&look);
}

static const struct step_case {
	const char *name, *looks, *told; /* separated by ' '; '.' is nothing */
} cases[] = {
	{ "all is well", ". . .", ". . ." },
	{ "a function loses its driver, once", ". n n n", ". n . ." },
	{ "and gets it again", ". n . .", ". n * ." },
	{ "and loses it again", ". n . n", ". n * n" },
	{ "another driver comes", ". n r r", ". n r ." },
	{ "another driver goes", ". r n .", ". r . *" },
	{ "one rival after another", ". r s", ". r s" },
	{ "both functions at once", ". nN nN", ". nN ." },
	{ "one after the other", ". n nN N .", ". n N . *" },
	{ "removed", ". n g", ". n g" },
	{ "removed, and back without a driver", ". g n .", ". g . *" },
	{ "removed, and back with the host's", ". g r", ". g r" },
	{ "falls off the bus", ". f f .", ". f . *" },
	{ "falls off the bus, and is removed", ". f g", ". f g" },
	{ "gains a mate", ". m m .", ". m . *" },
	{ "a mate with another driver", ". m b", ". m b" },
	{ "a mate beside a loss", ". m mn n .", ". m n . *" },
	{ "lost when the watch begins", "n n", "n ." },
	{ "of which verify has spoken", "nK n .", ". . *" },
	{ "of which verify has not spoken", "nKR nR", "R ." },
	{ "of which the watch has spoken before", "n-l n-l .-l", ". . *" },
	{ "of which an arrival has spoken before", "r+l r+l", ". ." },
	{ "claimed, then lost, then the watch began", "n+c n-l!", "n ." },
	{ "gone, back without a driver, then the watch began", "n-g r-g", ". r" },
	{ "well again before the watch began", ".-l .-c!", "* ." },
	{ "well since a claim before the watch began", ".+c .+c", ". ." },
	{ "an arrival tells that it was lost", ".+c r+l! r+l", ". . ." },
	{ "an arrival tells, then the watch", ".+c r+l! rR+l rR-l!", ". . R ." },
	{ "an arrival claims it again", ". g-g! .+c! .+c", ". g . ." },
	{ "an arrival tells who has it", ". g r+v! r+v", ". g . ." },
	{ "and another driver comes later", ". r+v! s+v", ". . s" },
	{ "and it was told before the watch began", "r+v r+v", ". ." },
	{ "in vain, but nothing was lost", ". f+v!", ". f" },
	{ "claimed again by hand", ". g-g! .-g .-c!", ". g * ." },
	{ "an earlier claim says nothing of this one", ".+c n+c .+c", ". n *" },
	{ "told elsewhere twice", ".+c r+l! .+c! r+l!", ". . . ." },
	{ "the report cannot be read in between", ".+c n .+c", ". n *" },
};

static void test_steps(void **state)
{
	const struct step_case *c = *state;
	CLEANUP(watch_state_done) struct watch_state watch = {};
	char all[256] = "", told[32];
	unsigned number = 0;

	for (const char *look = c->looks; *look;) {
		size_t length = strcspn(look, " ");

		step(&watch, look, length, &number, told);
		strcat(strcat(all, *all ? " " : ""), *told ? told : ".");
		look += length + strspn(look + length, " ");
	}
	assert_string_equal(all, c->told);
}

/* Random lives ---------------------------------------------------------------------------------- */

#define LIVES 2000
#define LOOKS 30

static unsigned long seed;

static unsigned pick(unsigned n)
{
	seed = seed * 6364136223846793005UL + 1442695040888963407UL;
	return (seed >> 33) % n;
}

/* At most one fault of each function, and of the group. */
static void draw_look(char *text)
{
	static const char *const choices[] = { "gnrsf....", "GNRF....", "mb......" };

	for (size_t i = 0; i < ARRAY_SIZE(choices); i++)
		*text++ = choices[i][pick(strlen(choices[i]))];
	if (pick(4) == 0) {
		bool is_ours = pick(3) == 0;

		*text++ = is_ours ? '-' : '+';
		*text++ = "cglumv"[pick(is_ours ? 5 : 6)];
		*text++ = '!';
	}
	*text = '\0';
}

static bool has_any_fault(const char *look)
{
	for (; *look && !strchr("+-!", *look); look++)
		if (find_fault(*look))
			return true;
	return false;
}

static bool has_letter(const char *look, char letter)
{
	size_t length = strcspn(look, "+-!");

	return memchr(look, letter, length);
}

static bool has_letter_of(const char *look, const char *subject)
{
	for (size_t i = 0; i < ARRAY_SIZE(faults); i++)
		if (streq(faults[i].subject, subject) && has_letter(look, faults[i].letter))
			return true;
	return false;
}

static void check_letter(const struct fault *fault, const char *before, const char *now,
			 const char *told)
{
	const char *foreign = strchr(now, '+');
	bool is_told = strchr(told, fault->letter);
	bool is_elsewhere = foreign && (kind_of(foreign[1]) == fault->kind ||
					(foreign[1] == 'v' && fault->kind == EVENT_LOST));
	bool appears = has_letter(now, fault->letter) && !has_letter(before, fault->letter);
	bool is_mild = strchr("nN", fault->letter) && has_letter_of(before, fault->subject);

	if (is_told != (appears && !is_elsewhere && !is_mild))
		fail_msg("'%c' from '%s' to '%s': told '%s'", fault->letter, before, now,
			 told);
}

static void check_whole(const char *before, const char *now, const char *told)
{
	const char *foreign = strchr(now, '+');
	bool is_elsewhere = foreign && foreign[1] == 'c';
	bool is_whole = has_any_fault(before) && !has_any_fault(now) && !is_elsewhere;

	if ((strchr(told, '*') != NULL) != is_whole)
		fail_msg("from '%s' to '%s': told '%s'", before, now, told);
}

static void test_random_lives(void **unused)
{
	(void)unused;
	for (seed = 1; seed < LIVES; seed++) {
		CLEANUP(watch_state_done) struct watch_state state = {};
		unsigned long life = seed;
		char before[16] = "...", now[16], told[32];
		unsigned number = 0;

		step(&state, before, strlen(before), &number, told);
		for (int i = 0; i < LOOKS; i++) {
			draw_look(now);
			step(&state, now, strlen(now), &number, told);
			for (size_t k = 0; k < ARRAY_SIZE(faults); k++)
				check_letter(&faults[k], before, now, told);
			check_whole(before, now, told);
			strcpy(before, now);
			/* The same look again tells nothing. */
			now[strcspn(now, "!")] = '\0';
			step(&state, now, strlen(now), &number, told);
			assert_string_equal(told, "");
		}
		seed = life;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_lives),
	};
	int failed = RUN_TABLE(cases, test_steps);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
