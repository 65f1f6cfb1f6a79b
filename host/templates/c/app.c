/* Sends echo requests to hosts, and tells which of them answer and how fast. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gen/plugin.h"
#include "report.h"

#define NAME "@NAME@"
#define USAGE "Usage: " NAME " [-c <count>] <host>...\n"
#define MILLISECOND 1000000ULL
#define SECOND (1000 * MILLISECOND)

/* A copy that ends with a zero byte. Strings of the contract have a length instead. */
static char *text(plugin_string_t string)
{
    char *copy = malloc(string.len + 1);
    if (copy == NULL)
        abort();
    memcpy(copy, string.ptr, string.len);
    copy[string.len] = '\0';
    return copy;
}

/* Prints an error. A denial says which rule decided and what would allow the request. */
static void tell(const char *host, const nethost_cap_types_error_code_t *error)
{
    if (error->tag == NETHOST_CAP_TYPES_ERROR_CODE_DENIED) {
        const nethost_cap_types_denial_t *denial = &error->val.denied;
        fprintf(stderr, NAME ": %s: denied: %.*s to %.*s (%.*s); to allow it: %.*s\n", host,
                (int)denial->capability.len, denial->capability.ptr, (int)denial->target.len, denial->target.ptr,
                (int)denial->rule.len, denial->rule.ptr, (int)denial->remedy.len, denial->remedy.ptr);
    } else if (error->tag == NETHOST_CAP_TYPES_ERROR_CODE_NAME_UNRESOLVABLE) {
        fprintf(stderr, NAME ": %s: no such name\n", host);
    } else {
        /* The numbers are those of gen/plugin.h. */
        fprintf(stderr, NAME ": %s: error-code %d\n", host, error->tag);
    }
}

/* An address as text. */
static void show(const nethost_cap_types_ip_address_t *address, char *line, size_t size)
{
    if (address->tag == NETHOST_CAP_TYPES_IP_ADDRESS_IPV4) {
        const plugin_tuple4_u8_u8_u8_u8_t *a = &address->val.ipv4;
        snprintf(line, size, "%d.%d.%d.%d", a->f0, a->f1, a->f2, a->f3);
    } else {
        const plugin_tuple8_u16_u16_u16_u16_u16_u16_u16_u16_t *a = &address->val.ipv6;
        snprintf(line, size, "%x:%x:%x:%x:%x:%x:%x:%x", a->f0, a->f1, a->f2, a->f3, a->f4, a->f5, a->f6, a->f7);
    }
}

/* Sends one request and waits for its reply. False if the call failed. */
static bool exchange(nethost_cap_icmp_borrow_echo_socket_t socket, uint16_t sequence, struct report *report,
                     nethost_cap_types_error_code_t *error)
{
    uint8_t data[] = "hello";
    plugin_list_u8_t bytes = {data, sizeof data - 1};
    nethost_cap_icmp_echo_request_t request = {.sequence = sequence, .payload = {.length = sizeof data - 1}};
    nethost_cap_icmp_list_echo_request_t requests = {&request, 1};
    nethost_cap_icmp_list_timestamp_t sent;
    nethost_cap_icmp_received_t received;

    if (!nethost_cap_icmp_method_echo_socket_send(socket, &bytes, &requests, &sent, error))
        return false;
    report->sent += 1;
    if (!nethost_cap_icmp_method_echo_socket_receive(socket, 1, SECOND, &received, error)) {
        nethost_cap_icmp_list_timestamp_free(&sent);
        return false;
    }
    /* The times are those of the kernel: the plugin does not measure itself. */
    for (size_t at = 0; at < received.replies.len; at++) {
        const nethost_cap_icmp_echo_reply_t *reply = &received.replies.ptr[at];
        if (reply->sequence == sequence) {
            report->answered += 1;
            report->total += (double)(reply->payload.timestamp - sent.ptr[0]);
        }
    }
    nethost_cap_icmp_list_timestamp_free(&sent);
    nethost_cap_icmp_received_free(&received);
    return true;
}

/* Sends the echo requests to a host, one after the other. The result is the exit code for it. */
static uint8_t probe(const char *host, unsigned count)
{
    plugin_string_t name = {(uint8_t *)host, strlen(host)};
    nethost_cap_resolver_list_ip_address_t addresses;
    nethost_cap_types_error_code_t error;
    struct report report = {.host = host};
    char line[1200];

    if (!nethost_cap_resolver_resolve_addresses(&name, NULL, 5 * SECOND, &addresses, &error)) {
        tell(host, &error);
        return 2;
    }
    nethost_cap_types_endpoint_t remote = {.address = addresses.ptr[0]};
    nethost_cap_resolver_list_ip_address_free(&addresses);
    show(&remote.address, report.address, sizeof report.address);

    nethost_cap_types_socket_options_t options = {0};
    nethost_cap_icmp_own_echo_socket_t socket;
    if (!nethost_cap_icmp_static_echo_socket_open(&remote, &options, &socket, &error)) {
        tell(host, &error);
        return 2;
    }
    bool fine = true;
    for (unsigned sequence = 1; fine && sequence <= count; sequence++) {
        fine = exchange(nethost_cap_icmp_borrow_echo_socket(socket), (uint16_t)sequence, &report, &error);
        if (fine && sequence < count)
            nethost_cap_clock_wait_for(200 * MILLISECOND);
    }
    nethost_cap_icmp_echo_socket_drop_own(socket);
    if (!fine) {
        tell(host, &error);
        return 2;
    }
    report_line(&report, line, sizeof line);
    printf("%s\n", line);
    fflush(stdout);
    return report.answered > 0 ? 0 : 1;
}

/* The entry of the plugin: the world of wit/world.wit. 0 if every host has answered, 1 if one has not, 2 for a mistake
 * or a denial. */
bool exports_plugin_run(plugin_list_string_t *args, uint8_t *code, plugin_string_t *error)
{
    unsigned long count = 3;
    size_t hosts = 0;

    (void)error;
    *code = 0;
    for (size_t at = 0; at < args->len; at++) {
        char *word = text(args->ptr[at]);
        if (strcmp(word, "-c") == 0 && hosts == 0) {
            char *value = at + 1 < args->len ? text(args->ptr[++at]) : text((plugin_string_t){0});
            char *end;
            count = strtoul(value, &end, 10);
            if (end == value || *end != '\0' || count < 1 || count > 1000) {
                fprintf(stderr, NAME ": -c needs a number from 1 to 1000\n" USAGE);
                *code = 2;
            }
            free(value);
        } else if (word[0] == '-') {
            fprintf(stderr, NAME ": unknown option %s\n" USAGE, word);
            *code = 2;
        } else {
            uint8_t this = probe(word, (unsigned)count);
            *code = this > *code ? this : *code;
            hosts += 1;
        }
        free(word);
        if (*code == 2 && hosts == 0)
            return true;
    }
    if (hosts == 0) {
        fprintf(stderr, NAME ": no host\n" USAGE);
        *code = 2;
    }
    return true;
}
