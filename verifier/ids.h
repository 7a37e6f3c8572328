/*
 * verifier/ids.h - parts of vfy_state_judge: transaction ids, gates.
 */
#ifndef VFY_IDS_H
#define VFY_IDS_H

#include "verifier/evidence.h"

void vfy_ids_judge(struct evidence *v); /* ids-accounted */
void vfy_ids_gates(struct evidence *v); /* gates-dry-run-only */

#endif
