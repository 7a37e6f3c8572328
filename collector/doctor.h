/*
 * collector/doctor.h - which witnesses a role gets in a database, what is missing, and the
 * statements that give it.  Reads only.
 */
#ifndef COLLECTOR_DOCTOR_H
#define COLLECTOR_DOCTOR_H

#include "base/json.h"

/* col_doctor_examine(db, doc, e): dryproof.doctor/1 of the role that db connects as.
 * Ownership: jv_free(*doc). */
int col_doctor_examine(const char *db, struct jv **doc, struct err *e) BASE_MUST_USE;

/* col_doctor_main(argc, argv): the verb doctor; 0 when every witness is there, else 3. */
int col_doctor_main(int argc, char **argv);

#endif
