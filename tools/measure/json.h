/* SPDX-License-Identifier: GPL-2.0 */
/* Write JSON. Takes care of commas, quoting and indentation. */
#ifndef FASTVDSO_JSON_H
#define FASTVDSO_JSON_H

#include <stdint.h>
#include <stdio.h>

/* Set the output stream. Default: standard output. */
void json_to(FILE *stream);

void json_open(const char *key, char bracket);
void json_close(char bracket);
void json_string(const char *key, const char *value);
void json_int(const char *key, int64_t value);
void json_real(const char *key, double value);
void json_bool(const char *key, int value);

#endif
