#include "report.h"

#include <stdio.h>

int report_line(const struct report *report, char *line, size_t size)
{
    if (report->answered == 0)
        return snprintf(line, size, "%s (%s): 0 of %u answered", report->host, report->address, report->sent);
    return snprintf(line, size, "%s (%s): %u of %u answered, %.1f ms on average", report->host, report->address,
                    report->answered, report->sent, report->total / report->answered / 1e6);
}
