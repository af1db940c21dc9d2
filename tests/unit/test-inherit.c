// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent keeps nothing of its parent's process state. Each test forks. */
#include "boot/inherit.h"
#include "unit.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* The state that a careless parent leaves. Each bit of the status is a part that was reset. */
static int spoil_and_look(bool is_reset)
{
	int kept = open("/proc/self/status", O_RDONLY), found = 0;
	sigset_t blocked;

	setenv("LD_DEBUG", "x", 1);
	setenv("IFS", "/", 1);
	umask(0);
	signal(SIGCHLD, SIG_IGN);
	sigemptyset(&blocked);
	sigaddset(&blocked, SIGALRM);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	close(0);
	if (is_reset)
		sanitize_process();
	found |= (fcntl(kept, F_GETFD) < 0) << 0;
	found |= (fcntl(0, F_GETFD) >= 0) << 1;
	found |= (!getenv("LD_DEBUG") && !getenv("IFS") && getenv("PATH")) << 2;
	found |= (umask(0) == 022) << 3;
	found |= (signal(SIGCHLD, SIG_DFL) == SIG_DFL) << 4;
	sigprocmask(SIG_BLOCK, NULL, &blocked);
	found |= !sigismember(&blocked, SIGALRM) << 5;
	return found;
}

static void check(bool is_reset, int expected)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0)
		_exit(spoil_and_look(is_reset));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), expected);
}

static void test_nothing_is_left(void **state)
{
	(void)state;
	check(true, 0x3f);
}

static void test_without_it_all_is_left(void **state)
{
	(void)state;
	check(false, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_is_left),
		cmocka_unit_test(test_without_it_all_is_left),
	};

	return cmocka_run_group_tests_name("inherit", tests, NULL, NULL);
}
