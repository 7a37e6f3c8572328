/* tests/unit/collector_wal_record.c - tests of collector/wal_record.c and wal_group.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "collector/wal_group.h"

static const struct wal_layout usual = {8192, 16 << 20};

static uint64_t lsn_of(const char *text)
{
    uint64_t lsn = 0;

    assert_int_equal(col_wal_lsn_parse(text, &lsn), 0);
    return lsn;
}

static void test_lsn(void **state)
{
    static const char *const bad[] = {"", "0", "/", "0/", "/0", "0/x", "0/1 ", "123456789/0", "0/123456789", "-1/0"};
    char text[WAL_LSN_TEXT];
    uint64_t lsn;

    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(col_wal_lsn_parse(bad[i], &lsn), -1);
    assert_int_equal(col_wal_lsn_parse(NULL, &lsn), -1);
    assert_true(lsn_of("16/0B374D8") == UINT64_C(0x1600B374D8));
    col_wal_lsn_print(lsn_of("16/0B374D8"), text);
    assert_string_equal(text, "16/B374D8");
    col_wal_lsn_print(UINT64_MAX, text);
    assert_string_equal(text, "FFFFFFFF/FFFFFFFF");
}

static struct wal_record parse(bool is_dump, const char *line)
{
    struct err e = {ERR_NONE, ""};
    struct wal_record r;

    if ((is_dump ? col_wal_record_dump : col_wal_record_copy)(line, strlen(line), &r, &e) != 0)
        fail_msg("%s", e.text);
    return r;
}

#define HEAD "rmgr: "
#define MID "len (rec/tot):     61/   610, tx:        725, lsn: 0/01545530, prev 0/01543898, desc: "

static void test_lines(void **state)
{
    struct wal_record r = parse(true, HEAD "Btree       " MID "SPLIT_R level 0, blkref #0: rel 1663/5/90 "
                                      "fork main blk 1 FPW, blkref #1: rel 1663/5/90 blk 2, blkref #2: rel 1664/0/7 blk 2");

    (void)state;
    assert_string_equal(r.rmgr, "Btree");
    assert_string_equal(r.type, "SPLIT_R");
    assert_int_equal(r.len, 610);
    assert_int_equal(r.xid, 725);
    assert_true(r.lsn == 0x1545530 && r.prev == 0x1543898);
    assert_int_equal(r.relation_count, 2);
    assert_int_equal(r.relations[0].filenode, 7);
    assert_int_equal(r.relations[1].database, 5);
    assert_int_equal(r.database_count, 2);
    assert_true(r.databases[0] == 0 && r.databases[1] == 5);

    /* what a writer chose names nothing */
    r = parse(true, HEAD "LogicalMessage " MID "MESSAGE transactional, prefix \", blkref #0: rel 1/2/3 blk 0\"");
    assert_int_equal(r.relation_count + r.database_count, 0);
    r = parse(true, HEAD "XLOG        " MID "RESTORE_POINT x, blkref #0: rel 1/2/3 blk 0");
    assert_int_equal(r.relation_count + r.database_count, 0);
    r = parse(true, HEAD "Transaction " MID "PREPARE gid x, blkref #0: rel 1/2/3 blk 0; subxacts: 5: 2026");
    assert_int_equal(r.relation_count + r.subxids_len, 0);
    r = parse(true, HEAD "XLOG        " MID "FPI , blkref #0: rel 1/2/3 blk 0 FPW");
    assert_int_equal(r.relation_count, 1);

    r = parse(true, HEAD "Heap        " MID "UNKNOWN (70) ");
    assert_string_equal(r.type, "UNKNOWN (70)");
    r = parse(true, HEAD "XLOG        " MID "NOOP");
    assert_string_equal(r.type, "NOOP");
    r = parse(true, HEAD "Storage     " MID "CREATE pg_tblspc/900/PG_15_202209061/5/77_init");
    assert_true(r.relations[0].tablespace == 900 && r.relations[0].database == 5 && r.relations[0].filenode == 77);
    r = parse(true, HEAD "Storage     " MID "TRUNCATE global/1262 to 0 blocks flags 7");
    assert_true(r.relations[0].tablespace == 1664 && r.relations[0].database == 0 && r.relations[0].filenode == 1262);
    r = parse(true, HEAD "Standby     " MID "LOCK xid 733 db 9 rel 16401 xid 734 db 0 rel 1 xid 1 db 9 rel 4 ");
    assert_true(r.database_count == 2 && r.databases[0] == 0 && r.databases[1] == 9 && r.relation_count == 0);
    r = parse(true, HEAD "Transaction " MID "ABORT 2026-11-22 12:48:26.625991 UTC; rels: base/5/1; subxacts: 728 729; x");
    assert_int_equal(r.subxids_len, 7);

    r = parse(false, "0/2A0E298\t0/2A0DFE8\t42\t838\tHeap\tINSERT+INIT\t"
                     "blkref #0: rel 1663/5/90 fork main blk 0 (FPW); hole: offset: 72, length: 8104 blkref #1: rel 1663/6/9 fork vm blk 0\t\\N");
    assert_true(r.lsn == 0x2A0E298 && r.prev == 0x2A0DFE8 && r.len == 42 && r.xid == 838 && r.relation_count == 2);
    r = parse(false, "0/2A0E298\t0/2A0DFE8\t42\t0\tStorage\tCREATE\t\tbase/16550/17932");
    assert_int_equal(r.relations[0].filenode, 17932);
    r = parse(false, "0/2A0E298\t0/2A0DFE8\t42\t0\tTransaction\tCOMMIT\t\\N\t2026; subxacts: 1 2");
    assert_int_equal(r.subxids_len, 3);
}

static void test_bad_lines(void **state)
{
    static const char *const copies[] = {
        "", "0/1", "0/1\t0/0\t42\t1\tHeap\tINSERT\t", "0/1\t0/0\t42\t1\tHeap\tINSERT\t\t\t", "x/1\t0/0\t42\t1\tHeap\tI\t\t",
        "0/1\t0/0\t4294967296\t1\tHeap\tI\t\t", "0/1\t0/0\t42\t-1\tHeap\tI\t\t", "0/1\t0/0\t42\t1\t\tI\t\t",
        "0/1\t0/0\t42\t1\tHeap\t\t\t", "0/1\t0/0\t42\t1\tHeap\tI\tblkref #0: rel 1/2\t",
        "0/1\t0/0\t42\t1\tHeap\tI\tblkref #0 rel 1/2/3\t", "0/1\t0/0\t42\t1\tStorage\tCREATE\t\telsewhere/5",
        "0/1\t0/0\t42\t1\tStorage\tCREATE\t\tbase/5/x", "0/1\t0/0\t42\t1\tStandby\tLOCK\t\txid 1 db x rel 2",
        "0/1\t0/0\t42\t1\tHe\x01p\tI\t\t"};
    static const char *const dumps[] = {"rmgr: ", "rmgr: Heap", HEAD MID, HEAD "Heap " MID,
                                        HEAD "Heap len (rec/tot): 1/, tx: 1, lsn: 0/1, prev 0/0, desc: X ",
                                        HEAD "Heap len (rec/tot): 1/1, tx: 1, lsn: 0/1, prev 0/, desc: X ",
                                        HEAD "Heap " MID "X , blkref #0: rel 1663/5/99999999999 blk 0"};
    struct wal_record r;

    (void)state;
    for (size_t i = 0; i < sizeof copies / sizeof *copies; i++) {
        struct err e = {ERR_NONE, ""};

        if (col_wal_record_copy(copies[i], strlen(copies[i]), &r, &e) != -1 || e.kind != ERR_INPUT)
            fail_msg("accepted: %s", copies[i]);
    }
    for (size_t i = 0; i < sizeof dumps / sizeof *dumps; i++) {
        struct err e = {ERR_NONE, ""};

        if (col_wal_record_dump(dumps[i], strlen(dumps[i]), &r, &e) != -1 || e.kind != ERR_INPUT)
            fail_msg("accepted: %s", dumps[i]);
    }
}

static uint64_t next_of(uint64_t lsn, uint32_t len, const char *type)
{
    struct wal_record r;

    memset(&r, 0, sizeof r);
    r.lsn = lsn;
    r.len = len;
    (void)snprintf(r.rmgr, sizeof r.rmgr, "XLOG");
    (void)snprintf(r.type, sizeof r.type, "%s", type);
    return col_wal_record_next(&r, &usual);
}

static void test_places(void **state)
{
    (void)state;
    assert_true(next_of(0x1002000 + 24, 26, "NOOP") == 0x1002000 + 24 + 32);
    assert_true(next_of(0x1003FE0, 32, "NOOP") == 0x1004018);  /* ends with the page */
    assert_true(next_of(0x1003FE0, 31, "NOOP") == 0x1004018);
    assert_true(next_of(0x1003FE0, 33, "NOOP") == 0x1004020);  /* 1 byte, aligned, on the next */
    assert_true(next_of(0x1FFFFE0, 32, "NOOP") == 0x2000028);  /* the segment's header is longer */
    assert_true(next_of(0x1FFFFE0, 40, "NOOP") == 0x2000030);
    assert_true(next_of(0x1000028, 3 * 8192, "NOOP") == 0x1000028 + 3 * 8192 + 3 * 24);
    assert_true(next_of(0x1002018, 24, "SWITCH") == 0x2000028);
    assert_true(next_of(0x1FFFFE8, 24, "SWITCH") == 0x2000028);
    assert_true(col_wal_record_end(0x1004018, &usual) == 0x1004000);
    assert_true(col_wal_record_end(0x2000028, &usual) == 0x2000000);
    assert_true(col_wal_record_end(0x2000018, &usual) == 0x2000018);
    assert_true(col_wal_record_end(0x1004028, &usual) == 0x1004028);
}

static void test_chain(void **state)
{
    static const struct { uint64_t lsn, prev; bool is_good; } rows[] = {
        {0x1000028, 0x900000, true}, {0x1000048, 0x1000028, true}, {0x1000068, 0x1000028, false},
        {0x1000070, 0x1000048, false}, {0x1000048, 0x1000028, false}, {0x1000068, 0x1000048, true}};
    struct wal_groups *g = NULL;
    struct wal_record r = parse(false, "0/1000028\t0/900000\t32\t7\tHeap\tINSERT\t\t");
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(col_wal_groups_new(0x1000028, &usual, &g, &e), 0);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        r.lsn = rows[i].lsn;
        r.prev = rows[i].prev;
        assert_int_equal(col_wal_groups_add(g, &r, &e), rows[i].is_good ? 0 : -1);
    }
    assert_int_equal(col_wal_groups_records(g), 3);
    assert_int_equal(col_wal_groups_end(g, 0x1000088, &e), 0);
    assert_int_equal(col_wal_groups_end(g, 0x1000090, &e), -1);
    col_wal_groups_free(g);
}

static void test_too_many_groups(void **state)
{
    struct wal_record r = parse(false, "0/1000028\t0/900000\t32\t7\tHeap\tINSERT\t\t");
    struct wal_groups *g = NULL;
    struct err e = {ERR_NONE, ""};
    uint64_t last = 1;

    (void)state;
    assert_int_equal(col_wal_groups_new(0x1000028, &usual, &g, &e), 0);
    for (uint32_t i = 0; i < 200000; i++) { /* MAX_WAL_GROUPS */
        r.xid = i + 3;
        r.prev = last;
        r.lsn = last = col_wal_groups_next(g);
        assert_int_equal(col_wal_groups_add(g, &r, &e), 0);
    }
    r.prev = last;
    r.lsn = last = col_wal_groups_next(g);
    assert_int_equal(col_wal_groups_add(g, &r, &e), 0); /* a known one */
    r.xid = 1;
    r.prev = last;
    r.lsn = col_wal_groups_next(g);
    assert_int_equal(col_wal_groups_add(g, &r, &e), -1);
    assert_int_equal(e.kind, ERR_LIMIT);
    col_wal_groups_free(g);
}

/* The ids of a group get the epoch that puts them below the next id. */
static void test_epoch(void **state)
{
    struct wal_record r = parse(false, "0/1000028\t0/900000\t32\t4294967290\tTransaction\tCOMMIT\t\t"
                                       "x; subxacts: 4294967291 5 4294967291 20");
    struct jv *none = jv_array();
    const struct jv *const names[2] = {none, none};
    struct wal_groups *g = NULL;
    struct buf text = buf_init(4096);
    struct err e = {ERR_NONE, ""};

    (void)state;
    assert_int_equal(col_wal_groups_new(0x1000028, &usual, &g, &e), 0);
    assert_int_equal(col_wal_groups_add(g, &r, &e), 0);
    assert_int_equal(col_wal_groups_write(g, names, UINT64_C(2) * 4294967296 + 30, &text, &e), 0);
    assert_string_equal(text.data, "{\"bytes\":32,\"count\":1,\"databases\":[],\"first_lsn\":\"0/1000028\",\"last_lsn\":"
                                   "\"0/1000028\",\"relations\":[],\"rmgr\":\"Transaction\",\"subxids\":[\"8589934587\","
                                   "\"8589934597\",\"8589934612\"],\"type\":\"COMMIT\",\"xid\":\"8589934586\"}\n");
    col_wal_groups_free(g);
    buf_release(&text);
    jv_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lsn),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_bad_lines), cmocka_unit_test(test_places),
        cmocka_unit_test(test_chain),     cmocka_unit_test(test_too_many_groups),
        cmocka_unit_test(test_epoch),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
