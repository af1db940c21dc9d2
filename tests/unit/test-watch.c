// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The watch looks at a card when an event concerns it, and not otherwise; it outlives lost events and a
 * missing report, and ends when its monitor does.
 */
#include "cmd/live/watch.h"

#include "report/report-events.h"
#include "report/report.h"
#include "tree.h"
#include "unit.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#define PORT "0000:00:01.0"
#define CARD "0000:01:00.0"
#define AUDIO "0000:01:00.1"
#define DISK "0000:02:00.0"
#define OTHER "0000:05:00.0"
#define BUS "sys/bus/pci/devices/"
#define BELOW "sys/devices/pci0000:00/"
#define FUNCTION_TREE(address, folder, class, group)                                         \
	BUS address                                                                          \
		" -> ../../../devices/pci0000:00/" folder "\n" BELOW folder                  \
		"/vendor = 0x10de\n" BELOW folder "/device = 0x2206\n" BELOW folder          \
		"/class = 0x" class "\n" BELOW folder                                        \
				    "/driver_override = vfio-pci\n" BELOW folder             \
				    "/config = @hex:de100622\n" BELOW folder                 \
				    "/iommu_group -> ../../../../kernel/iommu_groups/" group \
				    "\n"                                                     \
				    "sys/kernel/iommu_groups/" group "/devices/" address     \
				    " /\n"
#define DRIVER(folder, driver) BELOW folder "/driver -> ../../drivers/" driver "\n"
#define CARD_FOLDER PORT "/" CARD
#define AUDIO_FOLDER PORT "/" AUDIO
#define REPORT(result, more)                                                             \
	"{ \"version\": 1, \"mode\": \"claim\", \"result\": \"claimed\", \"gpus\": [ {"  \
	" \"configured\": \"01:00.0\", \"address\": \"" CARD "\", \"result\": \"" result \
	"\", \"functions\": [ { \"address\": \"" CARD "\" }, { \"address\": \"" AUDIO    \
	"\" } ] } ]" more " }"
#define EVENTS(kind, cause)                                                              \
	", \"events\": [ { \"at\": \"now\", \"kind\": \"" kind "\", \"cause\": \"" cause \
	"\", \"address\": \"" CARD "\", \"text\": \"\" } ]"

static const char machine[] =
	"run/vfio-claim/report.json = " REPORT("claimed",
					       "") "\n" FUNCTION_TREE(PORT, PORT,
								      "060400", "1")
		DRIVER(PORT, "pcieport") FUNCTION_TREE(CARD, CARD_FOLDER, "030000", "12")
			DRIVER(CARD_FOLDER, "vfio-pci") FUNCTION_TREE(AUDIO, AUDIO_FOLDER,
								      "040300", "12")
				DRIVER(AUDIO_FOLDER, "vfio-pci")
					FUNCTION_TREE(DISK, DISK, "010802", "12")
						FUNCTION_TREE(OTHER, OTHER, "020000", "5")
							DRIVER(OTHER, "e1000e");

/* The system, and what the watch needs of it -------------------------------------------------------- */

struct system {
	struct tree tree;
	const char *const *events; /* paths; "!ERRNO" for an error */
	int monitor[2], stop[2];
	char told[1024];
};

static int fake_receive(void *data, char **ret_path)
{
	struct system *system = data;
	const char *event = *system->events;

	if (!event) {
		char byte;

		/* Read to the end: what is due is looked at, and then the watch ends. */
		assert_int_equal(read(system->monitor[0], &byte, 1), 1);
		assert_int_equal(write(system->stop[1], "", 1), 1);
		return -EAGAIN;
	}
	system->events++;
	if (*event == '!')
		return -atoi(event + 1);
	*ret_path = strdup(event);
	return 0;
}

static void fake_tell(void *data, const struct event *event)
{
	struct system *system = data;
	char address[PCI_ADDRESS_SIZE];
	size_t length = strlen(system->told);

	assert_int_equal(event->cause, CAUSE_WATCH);
	assert_string_equal(bdf_format(&event->address, address), CARD);
	snprintf(system->told + length, sizeof(system->told) - length, "%s: %s\n",
		 event_kind_name(event->kind), event->text);
}

static void system_begin(struct system *system, struct watch_ops *ops)
{
	*system = (struct system){};
	tree_make(&system->tree, machine);
	assert_int_equal(pipe(system->monitor), 0);
	assert_int_equal(pipe(system->stop), 0);
	*ops = (struct watch_ops){
		.receive = fake_receive,
		.tell = fake_tell,
		.data = system,
		.monitor_fd = system->monitor[0],
		.stop_fd = system->stop[0],
	};
}

static void system_end(struct system *system)
{
	tree_remove(&system->tree);
	for (int i = 0; i < 2; i++) {
		close(system->monitor[i]);
		close(system->stop[i]);
	}
}

/* The events come, and the watch works until it has nothing more to do. */
static int happen(struct system *system, struct watch *watch, const char *const *events)
{
	char byte;
	int r;

	system->events = events;
	assert_int_equal(write(system->monitor[1], "", 1), 1);
	r = watch_run(watch);
	if (r == 0)
		assert_int_equal(read(system->stop[0], &byte, 1), 1);
	return r;
}

/* No more events: the watch looks at what is due, and ends. */
static void end_well(const struct system *system, struct watch *watch)
{
	char byte;

	assert_int_equal(write(system->stop[1], "", 1), 1);
	assert_int_equal(watch_run(watch), 0);
	assert_int_equal(read(system->stop[0], &byte, 1), 1);
}

/* Changes of the system: "-PATH" removes, "PATH -> TARGET" links, "PATH = TEXT" writes. */
static void change(const struct system *system, const char *line)
{
	int folder = system->tree.root.fd, fd;
	const char *link = strstr(line, " -> "), *text = strstr(line, " = ");
	char path[256];

	if (*line == '-') {
		assert_int_equal(unlinkat(folder, line + 1, 0), 0);
		return;
	}
	snprintf(path, sizeof(path), "%.*s", (int)(link ? link - line : text - line), line);
	unlinkat(folder, path, 0);
	if (link) {
		assert_int_equal(symlinkat(link + 4, folder, path), 0);
		return;
	}
	fd = openat(folder, path, O_WRONLY | O_CREAT | O_TRUNC, 0644);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text + 3, strlen(text + 3)), strlen(text + 3));
	close(fd);
}

/* One thing that happens --------------------------------------------------------------------------- */

#define AT(folder) "/devices/pci0000:00/" folder
#define ONES "\xff\xff\xff\xff"
#define LIST(...)                                                                        \
	{                                                                                \
		__VA_ARGS__, NULL                                                        \
	}

static const struct happening {
	const char *name;
	const char *changes[4], *events[4];
	const char *told;
} happenings[] = {
	{ "a function loses its driver", LIST("-" BELOW AUDIO_FOLDER "/driver"),
	  LIST(AT(AUDIO_FOLDER)),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "no event, no look", LIST("-" BELOW AUDIO_FOLDER "/driver"), LIST(AT(OTHER)), "" },
	{ "the first function has another driver",
	  LIST(BELOW CARD_FOLDER "/driver -> drivers/nouveau"), LIST(AT(CARD_FOLDER)),
	  "lost: the function was claimed, but has the driver nouveau now\n" },
	{ "both are lost",
	  LIST("-" BELOW CARD_FOLDER "/driver", "-" BELOW AUDIO_FOLDER "/driver"),
	  LIST(AT(CARD_FOLDER), AT(AUDIO_FOLDER)),
	  "lost: the function was claimed, but has no driver now (and 1 more)\n" },
	{ "a function is removed", LIST("-" BUS AUDIO),
	  LIST(AT(AUDIO_FOLDER), AT(AUDIO_FOLDER)),
	  "gone: " AUDIO ": the function was claimed, but is gone from its bus\n" },
	{ "one is removed, the other lost",
	  LIST("-" BUS AUDIO, "-" BELOW CARD_FOLDER "/driver"), LIST(AT(AUDIO_FOLDER)),
	  "gone: " AUDIO ": the function was claimed, but is gone from its bus\n"
	  "lost: the function was claimed, but has no driver now\n" },
	{ "all ones, after an event of the port",
	  LIST(BELOW CARD_FOLDER "/config = " ONES), LIST(AT(PORT)),
	  "unreachable: the function's configuration space reads all ones: it is off, or fell off its bus, and no VM can use it\n" },
	{ "all ones, after an event of the VFIO device",
	  LIST(BELOW CARD_FOLDER "/config = " ONES), LIST(AT(CARD_FOLDER "/vfio-dev/vfio0")),
	  "unreachable: the function's configuration space reads all ones: it is off, or fell off its bus, and no VM can use it\n" },
	{ "a member of the group has a driver now",
	  LIST(BELOW DISK "/driver -> drivers/nvme"), LIST(AT(DISK)),
	  "group-changed: " DISK
	  ": VFIO gives group 12 to no VM while this member has the driver nvme\n" },
	{ "a member without a driver blocks nothing",
	  LIST(BELOW DISK "/class = 0x010601"), LIST(AT(DISK)), "" },
	{ "events were lost", LIST("-" BELOW AUDIO_FOLDER "/driver"), LIST("!105"),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "and come again", LIST("-" BELOW AUDIO_FOLDER "/driver"),
	  LIST(AT(OTHER), "!105", AT(OTHER)),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "a signal interrupts", LIST("-" BELOW AUDIO_FOLDER "/driver"),
	  LIST("!4", AT(AUDIO_FOLDER)),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "a path without a function", LIST("-" BELOW AUDIO_FOLDER "/driver"),
	  LIST("/bus/pci/slots/1"),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "the report is missing",
	  LIST("-" BELOW AUDIO_FOLDER "/driver", "-run/vfio-claim/report.json"),
	  LIST(AT(AUDIO_FOLDER)),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "the report is damaged",
	  LIST("-" BELOW AUDIO_FOLDER "/driver", "run/vfio-claim/report.json = {"),
	  LIST(AT(AUDIO_FOLDER)),
	  "lost: " AUDIO ": the function was claimed, but has no driver now\n" },
	{ "the card was released",
	  LIST("-" BELOW AUDIO_FOLDER "/driver",
	       "run/vfio-claim/report.json = " REPORT("released", "")),
	  LIST(AT(AUDIO_FOLDER)), "" },
	{ "an arrival has told",
	  LIST(BELOW AUDIO_FOLDER "/driver -> drivers/snd",
	       "run/vfio-claim/report.json = " REPORT("claimed", EVENTS("lost", "arrival"))),
	  LIST(AT(AUDIO_FOLDER)), "" },
	{ "an arrival in vain has told",
	  LIST(BELOW AUDIO_FOLDER "/driver -> drivers/snd",
	       "run/vfio-claim/report.json = " REPORT("claimed",
						      EVENTS("refused", "arrival"))),
	  LIST(AT(AUDIO_FOLDER)), "" },
	{ "a command in vain is no arrival",
	  LIST(BELOW AUDIO_FOLDER "/driver -> drivers/snd",
	       "run/vfio-claim/report.json = " REPORT("claimed",
						      EVENTS("refused", "command"))),
	  LIST(AT(AUDIO_FOLDER)),
	  "lost: " AUDIO ": the function was claimed, but has the driver snd now\n" },
	{ "an arrival is to tell",
	  LIST("run/vfio-claim/arrivals = begun",
	       BELOW AUDIO_FOLDER "/driver -> drivers/snd"),
	  LIST(AT(AUDIO_FOLDER)), "" },
};

static void test_happening(void **state)
{
	const struct happening *c = *state;
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	system_begin(&system, &ops);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	assert_string_equal(system.told, "");
	for (size_t i = 0; c->changes[i]; i++)
		change(&system, c->changes[i]);
	assert_int_equal(happen(&system, &watch, c->events), 0);
	assert_string_equal(system.told, c->told);
	/* The same events again have nothing new to tell. */
	assert_int_equal(happen(&system, &watch, c->events), 0);
	assert_string_equal(system.told, c->told);
	watch_done(&watch);
	system_end(&system);
}

/* A life ------------------------------------------------------------------------------------------- */

static const char *const at_audio[] = { AT(AUDIO_FOLDER), NULL };

static void test_claimed_late(void **unused)
{
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	change(&system, "-run/vfio-claim/report.json");
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	assert_int_equal(watch.n_cards, 0);
	change(&system,
	       "run/vfio-claim/report.json = " REPORT("claimed",
						      EVENTS("claimed", "command")));
	assert_int_equal(happen(&system, &watch, at_audio), 0);
	assert_int_equal(watch.n_cards, 1);
	assert_string_equal(system.told, "");
	change(&system, "-" BELOW AUDIO_FOLDER "/driver");
	assert_int_equal(happen(&system, &watch, at_audio), 0);
	change(&system, BELOW AUDIO_FOLDER "/driver -> drivers/vfio-pci");
	assert_int_equal(happen(&system, &watch, at_audio), 0);
	assert_string_equal(system.told,
			    "lost: " AUDIO
			    ": the function was claimed, but has no driver now\n"
			    "claimed: every function is on a VFIO driver and answers again\n");
	watch_done(&watch);
	system_end(&system);
}

static void test_lost_before(void **unused)
{
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	change(&system, "-" BUS AUDIO);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	assert_string_equal(system.told,
			    "gone: " AUDIO
			    ": the function was claimed, but is gone from its bus\n");
	watch_done(&watch);
	system_end(&system);
}

/* While another process claims or releases, what is seen is not what it leaves. */
static void test_waits_for_a_claim(void **unused)
{
	char line[128];
	struct stat status;
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	change(&system, "run/vfio-claim/lock = ");
	assert_int_equal(root_stat(&system.tree.root, "/run/vfio-claim/lock", &status), 0);
	assert_int_equal(mkdirat(system.tree.root.fd, "proc", 0755), 0);
	snprintf(line, sizeof(line),
		 "proc/locks = 1: FLOCK  ADVISORY  WRITE 7 %02x:%02x:%lu 0 EOF\n",
		 major(status.st_dev), minor(status.st_dev), (unsigned long)status.st_ino);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	change(&system, line);
	change(&system, "-" BELOW AUDIO_FOLDER "/driver");
	assert_int_equal(happen(&system, &watch, at_audio), 0);
	assert_string_equal(system.told, "");
	change(&system, "proc/locks = 1: FLOCK  ADVISORY  WRITE 7 00:01:1 0 EOF\n");
	end_well(&system, &watch);
	assert_string_equal(system.told,
			    "lost: " AUDIO
			    ": the function was claimed, but has no driver now\n");
	watch_done(&watch);
	system_end(&system);
}

/* An arrival that fails before it has looked at the card notes and tells nothing. */
static void test_arrival_tells_nothing(void **unused)
{
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	change(&system, "run/vfio-claim/arrivals = begun");
	change(&system, BELOW AUDIO_FOLDER "/driver -> drivers/snd");
	assert_int_equal(happen(&system, &watch, at_audio), 0);
	assert_string_equal(system.told, "");
	watch.first_ms -= 10 * 1000;
	end_well(&system, &watch);
	assert_string_equal(system.told,
			    "lost: " AUDIO
			    ": the function was claimed, but has the driver snd now\n");
	watch_done(&watch);
	system_end(&system);
}

/* The end ------------------------------------------------------------------------------------------ */

static void test_monitor_ends(void **unused)
{
	static const char *const fails[] = { AT(OTHER), "!19", NULL };
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	assert_int_equal(happen(&system, &watch, fails), -ENODEV);
	watch_done(&watch);
	system_end(&system);
}

static void test_monitor_closes(void **unused)
{
	struct system system;
	struct watch_ops ops;
	struct watch watch;

	(void)unused;
	system_begin(&system, &ops);
	assert_int_equal(watch_begin(&system.tree.root, &ops, &watch), 0);
	close(system.monitor[1]);
	assert_int_equal(watch_run(&watch), -EPIPE);
	system.monitor[1] = -1;
	watch_done(&watch);
	system_end(&system);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_claimed_late),
		cmocka_unit_test(test_lost_before),
		cmocka_unit_test(test_waits_for_a_claim),
		cmocka_unit_test(test_arrival_tells_nothing),
		cmocka_unit_test(test_monitor_ends),
		cmocka_unit_test(test_monitor_closes),
	};
	int failed = RUN_TABLE(happenings, test_happening);

	return failed + cmocka_run_group_tests(tests, NULL, NULL);
}
