// SPDX-License-Identifier: GPL-2.0-or-later
/* Counts all calls, and selects the one that fails and its fault. */
#include "layer-parts.h"

#include <signal.h>
#include <sys/syscall.h>

struct layer *layer;
bool layer_is_active;
enum role layer_role;
bool layer_is_inside;

bool layer_is_ours(void)
{
	return layer && layer_is_active && !layer_is_inside;
}

/*
 * Replaces addresses and numbers of interrupts and groups by '*', so that a row is one kind of
 * call.
 */
static void generalize(const char *path, char text[static CALL_TEXT])
{
	size_t used = 0;

	while (*path && used + 2 < CALL_TEXT) {
		size_t hex = strspn(path, "0123456789abcdef");
		bool is_start = !used || text[used - 1] == '/';

		if (is_start && hex == 4 && path[4] == ':') {
			path += strcspn(path, "/");
			text[used++] = '*';
		} else if (is_start && strspn(path, "0123456789") &&
			   strchr("/", path[strspn(path, "0123456789")])) {
			path += strspn(path, "0123456789");
			text[used++] = '*';
		} else {
			text[used++] = *path++;
		}
	}
	text[used] = '\0';
}

static bool is_site(const struct site *site, const struct call *call)
{
	return __atomic_load_n(&site->is_there, __ATOMIC_ACQUIRE) &&
	       site->call.role == call->role && site->call.op == call->op &&
	       streq(site->call.text, call->text);
}

/*
 * Supervisor, worker and helpers look up their sites concurrently, and each may be killed at
 * any moment: so there is no lock, and each new call takes a place of its own.
 */
static struct site *find_site(enum op op, const char *path)
{
	struct call call = { .role = layer_role, .op = op };
	unsigned n = __atomic_load_n(&layer->n_sites, __ATOMIC_ACQUIRE);
	struct site *site;

	generalize(path, call.text);
	for (unsigned i = 0; i < n; i++)
		if (is_site(&layer->sites[i], &call))
			return &layer->sites[i];
	n = __atomic_fetch_add(&layer->n_sites, 1, __ATOMIC_ACQ_REL);
	if (n >= SITES)
		abort();
	site = &layer->sites[n];
	*site = (struct site){ .call = call };
	__atomic_store_n(&site->is_there, true, __ATOMIC_RELEASE);
	return site;
}

static void block_for_ever(void)
{
	layer->blocked = getpid();
	for (;;)
		pause(); /* the supervisor's own alarm still arrives, as in reality */
}

enum kind layer_fault(enum op op, const char *path)
{
	struct site *site;
	unsigned n;

	if (!layer_is_ours())
		return KIND_NONE;
	layer_is_inside = true;
	site = find_site(op, path);
	n = __atomic_add_fetch(&site->n, 1, __ATOMIC_RELAXED);
	layer_is_inside = false;
	if (site != &layer->sites[layer->site] || n != layer->nth)
		return KIND_NONE;
	layer->injected++;
	if (layer->kind == KIND_KILL)
		syscall(SYS_kill, getpid(), SIGKILL);
	if (layer->kind == KIND_CRASH)
		syscall(SYS_kill, getpid(), SIGSEGV);
	if (layer->kind == KIND_BLOCK)
		block_for_ever();
	errno = layer->error;
	return layer->kind;
}
