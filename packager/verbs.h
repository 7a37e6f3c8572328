/* packager/verbs.h - the verbs of dryproof-pack; each takes the arguments behind its
 * name and returns an exit status (base/cli.h). */
#ifndef PACKAGER_VERBS_H
#define PACKAGER_VERBS_H

#define PKG_PROGRAM "dryproof-pack"

int pkg_verb_key_new(int argc, char **argv);
int pkg_verb_key_show(int argc, char **argv);
int pkg_verb_allowed_signers(int argc, char **argv);
int pkg_verb_policy_rotate(int argc, char **argv);
int pkg_verb_pack(int argc, char **argv);
int pkg_verb_review(int argc, char **argv);
int pkg_verb_review_record(int argc, char **argv);
int pkg_verb_commit(int argc, char **argv);
int pkg_verb_push(int argc, char **argv);
int pkg_verb_fetch(int argc, char **argv);
int pkg_verb_current(int argc, char **argv);
int pkg_verb_probe(int argc, char **argv);
int pkg_verb_log(int argc, char **argv);
int pkg_verb_show(int argc, char **argv);
int pkg_verb_countersign(int argc, char **argv);
int pkg_verb_timestamp(int argc, char **argv);
int pkg_verb_attest(int argc, char **argv);
int pkg_verb_oci_push(int argc, char **argv);
int pkg_verb_oci_fetch(int argc, char **argv);
int pkg_verb_diff(int argc, char **argv);
int pkg_verb_unpack(int argc, char **argv);

#endif
