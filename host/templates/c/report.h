/* What is said about a host. */
#ifndef REPORT_H
#define REPORT_H

#include <stddef.h>

struct report {
    const char *host;
    char address[48];
    unsigned sent;
    unsigned answered;
    /* The sum of the round-trip times, in nanoseconds. */
    double total;
};

/* Writes the line, without a line end, and returns what snprintf(3) returns. */
int report_line(const struct report *report, char *line, size_t size);

#endif
