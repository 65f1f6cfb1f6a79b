/* Unit tests, which need no component: ./check */
#include "report.h"

#include <assert.h>
#include <string.h>

int main(void)
{
    struct report report = {.host = "a", .address = "192.0.2.1", .sent = 3};
    char line[200];
    report_line(&report, line, sizeof line);
    assert(strcmp(line, "a (192.0.2.1): 0 of 3 answered") == 0);
    report.answered = 2;
    report.total = 40e6;
    report_line(&report, line, sizeof line);
    assert(strcmp(line, "a (192.0.2.1): 2 of 3 answered, 20.0 ms on average") == 0);
    return 0;
}
