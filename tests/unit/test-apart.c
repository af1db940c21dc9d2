// SPDX-License-Identifier: GPL-2.0-or-later
/* Whatever becomes of the child, the parent hears of it in time and goes on. */
#include "cmd/after/apart.h"

#include "base/clock.h"
#include "unit.h"

#include <signal.h>

static void leave(void)
{
	_exit(3);
}

static void crash(void)
{
	signal(SIGSEGV, SIG_DFL); /* the sanitizers have their own */
	raise(SIGSEGV);
}

static void hang(void)
{
	pause();
}

/* Its descendant keeps running, but the child itself has ended. */
static void leave_another_behind(void)
{
	if (fork() == 0) {
		execl("/bin/sleep", "sleep", "5", NULL);
		_exit(127);
	}
	_exit(4);
}

static const struct apart_case {
	const char *name;
	void (*work)(void);
	enum apart_end end;
	int code;
} cases[] = {
	{ "ends", leave, APART_ENDED, 3 },
	{ "crashes", crash, APART_CRASHED, SIGSEGV },
	{ "hangs", hang, APART_LATE, 0 },
	{ "leaves another process behind", leave_another_behind, APART_ENDED, 4 },
};

static void test_apart(void **state)
{
	const struct apart_case *row = *state;
	int64_t started = clock_ms();
	struct apart apart;
	enum apart_end end = apart_run(2, &apart);

	if (end == APART_IS_CHILD) {
		apart_note(&apart, row->name);
		row->work();
		_exit(99);
	}
	assert_int_equal(end, row->end);
	if (end != APART_LATE)
		assert_int_equal(apart.code, row->code);
	assert_string_equal(apart.note, row->name);
	assert_in_range(clock_ms() - started, 0, 4500);
	apart_done(&apart);
}

int main(void)
{
	return RUN_TABLE(cases, test_apart) > 0;
}
