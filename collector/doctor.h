/*
 * collector/doctor.h - which witnesses a role gets in a database, what is missing, and the
 * statements that give it.  Reads only.
 */
#ifndef COLLECTOR_DOCTOR_H
#define COLLECTOR_DOCTOR_H

/* col_doctor_main(argc, argv): the verb doctor; 0 when every witness is there, else 3. */
int col_doctor_main(int argc, char **argv);

#endif
