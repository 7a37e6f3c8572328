/* base/version.h - the version that every program prints and every run records. */
#ifndef BASE_VERSION_H
#define BASE_VERSION_H

#ifndef DRYPROOF_VERSION
#define DRYPROOF_VERSION "0.1.0"
#endif

#endif
