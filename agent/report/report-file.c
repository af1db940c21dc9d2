// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes this boot's report to its two files, and reads a report from any file. */
#include "report/report-file.h"

#include "report/report-parse.h"
#include "report/report.h"

#include <time.h>

int report_write(const struct root *root, const struct report *report)
{
	_cleanup_free_ char *text = report_to_text(report, NULL, NULL);
	const char *json;
	size_t size;
	int r, first;

	json = report_serialize(report, &size);
	if (!json)
		return -ENOMEM;
	first = root_replace(root, REPORT_FOLDER, REPORT_JSON, json, size);
	r = text ? root_replace(root, REPORT_FOLDER, REPORT_TEXT, text, strlen(text)) :
		   -ENOMEM;
	return first < 0 ? first : r;
}

/* The others hold it for milliseconds. */
int report_lock(const struct root *root)
{
	const struct timespec moment = { .tv_nsec = 20 * 1000 * 1000 };
	int lock = root_lock(root, REPORT_FOLDER, REPORT_CHANGE_LOCK);

	for (int i = 0; i < 100 && lock == -EWOULDBLOCK; i++) {
		nanosleep(&moment, NULL);
		lock = root_lock(root, REPORT_FOLDER, REPORT_CHANGE_LOCK);
	}
	return lock;
}

struct report *report_read(const struct root *root, const char *path,
			   const char **ret_problem, int *ret_error)
{
	_cleanup_free_ char *text = NULL;
	struct report *report;
	size_t size;
	int r;

	r = root_read_plain(root, path, REPORT_SIZE_MAX, &text, &size);
	*ret_error = r;
	if (r < 0) {
		*ret_problem = r == -ELOOP  ? "it is a link, not a file" :
			       r == -EINVAL ? "it is not a regular file" :
					      strerror(-r);
		return NULL;
	}
	report = report_parse(text, size, ret_problem);
	if (!report)
		*ret_error = -EBADMSG;
	return report;
}
