/* verifier/crypto_wire.h - part of crypto.h: what its two files share. */
#ifndef VFY_CRYPTO_WIRE_H
#define VFY_CRYPTO_WIRE_H

#include "verifier/crypto.h"

/* vfy_crypto_start() - libcrypto without configuration, with memory that does not fail; before
 * anything else is asked of it. */
void vfy_crypto_start(void);

#endif
