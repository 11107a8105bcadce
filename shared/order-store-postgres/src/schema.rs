//! The schema `souk` of the database: its tables in one file, its functions in a file each.
//!
//! A database says which tables and which functions it has by one row (`souk.installation`) and by
//! a copy of it that every role can read (the comment of the schema), so that setting up a database
//! that is set up already is one cheap read. All functions are replaced in one transaction when
//! their texts differ from those that the database has; the row keeps a hash of all texts. Roles
//! that could call functions before can call them afterwards. Tables are created once.
//!
//! Invariants: set-ups of one database take the same lock, so of several at once one does the work
//! and the others find it done. Everything lives in the schema `souk` and is named with it, so no
//! setting of `search_path` changes what a name means. A database of a newer [`VERSION`] is left
//! alone.
//!
//! Two builds whose functions differ take turns at replacing them, so they should share a database
//! no longer than a deploy takes. A change after which the older build could not go on takes a new
//! [`VERSION`], which keeps that build from putting its functions back.
//!
//! Least privileges: the functions run with the rights of the role that made them. That role
//! needs `CREATE` on the database once. A second role for the running shop needs no table at all:
//! `GRANT USAGE ON SCHEMA souk TO shop; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA souk TO shop;`
//! after the first set-up by the first one. Where it finds functions of another build it cannot
//! replace them, so the first role sets a new build up before the second one runs it. PostgreSQL 12
//! or newer.

/// Of the tables, and of every change that an older build could not work with.
pub const VERSION: i64 = 1;

/// Reads which schema a database has without failing where there is none: null, or what
/// [`Schema::mark`] gives.
pub const FIND_MARK: &str = "SELECT pg_catalog.obj_description(
    pg_catalog.to_regnamespace('souk')::pg_catalog.oid, 'pg_namespace')";

const TABLES: &str = include_str!("tables.sql");

macro_rules! functions {
    ($($name:ident),+ $(,)?) => {
        &[$(include_str!(concat!("functions/", stringify!($name), ".sql"))),+]
    };
}

const FUNCTIONS: &[&str] = functions!(
    accounts,
    activate_publication,
    add_to_accounts,
    archive,
    audit,
    begin_publication,
    begin_restore,
    can_place,
    change_order,
    claim_messages,
    copy_rows,
    define_offers,
    drop_publication,
    due_payments,
    end_sold_out_hold,
    expect_restored,
    find_order,
    finish_restore,
    forget_session,
    gather_buckets,
    gather_idle,
    give_back_allowances,
    identity,
    keep_price_ledger,
    known_repair,
    list_ticket,
    lock_account,
    lock_bucket,
    ordered_units,
    place,
    place_any,
    place_many,
    price_terms,
    prices,
    publication_json,
    publications,
    queue_depths,
    read_facts,
    read_session,
    receive_stock,
    repair_allowance,
    repair_order,
    repair_stock,
    replay_messages,
    requeue_orders,
    reseal_order,
    restore_rows,
    sealed_orders,
    set_terms,
    settle_messages,
    sold_out_hold,
    split_account,
    store_bytes,
    take_allowances,
    take_from_bucket,
    taken_allowances,
    terms,
    thin_out,
    unarchive,
    unavailable,
    whole_accounts,
    written_units,
);

/// What a build needs in its database.
#[derive(Debug, Clone, Copy)]
pub struct Schema<'a> {
    /// The text of each function.
    pub functions: &'a [&'a str],
}

impl Schema<'static> {
    /// Of this build.
    pub const CURRENT: Self = Self {
        functions: FUNCTIONS,
    };
}

impl Schema<'_> {
    /// What [`FIND_MARK`] gives in a database that has this schema.
    pub fn mark(&self) -> String {
        format!("{VERSION} {}", self.hash())
    }

    fn hash(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        for function in self.functions {
            hasher.update(function.as_bytes());
        }
        hasher.finalize().to_hex().to_string()
    }

    /// Brings a database to this schema: one statement without parameters, which may be run again
    /// and by several callers at once.
    pub fn statement(&self) -> String {
        // The number of the lock is arbitrary; all set-ups of one database take the same. What is
        // there is asked of the catalogue's tables: `to_regnamespace` would answer out of a cache
        // from before the wait for the lock. Functions may call each other, so none is checked
        // before all are there.
        let hash = self.hash();
        let functions = self.functions.concat();
        format!(
            "DO $setup$
DECLARE
    had_version bigint;
    had_functions text;
    callers oid[];
    one oid;
BEGIN
    PERFORM pg_catalog.pg_advisory_xact_lock(7237113350914781014);
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = 'souk') THEN
        CREATE SCHEMA souk;
    END IF;
    IF NOT EXISTS (SELECT FROM pg_catalog.pg_tables
        WHERE schemaname = 'souk' AND tablename = 'installation')
    THEN
        CREATE TABLE souk.installation (
            is_the_one boolean PRIMARY KEY DEFAULT true CHECK (is_the_one),
            version bigint NOT NULL,
            functions text NOT NULL,
            -- For the function `identity`; a server before version 13 makes no UUIDs.
            identity text NOT NULL DEFAULT pg_catalog.md5(pg_catalog.random()::text
                || pg_catalog.clock_timestamp()::text || pg_catalog.pg_backend_pid()::text)
        );
        INSERT INTO souk.installation (version, functions) VALUES ({VERSION}, '');
{TABLES}
    END IF;
    SELECT installation.version, installation.functions INTO had_version, had_functions
    FROM souk.installation;
    IF had_version = {VERSION} AND had_functions <> '{hash}' THEN
        callers := ARRAY(
            SELECT DISTINCT granted.grantee
            FROM pg_catalog.pg_proc, LATERAL pg_catalog.aclexplode(pg_proc.proacl) AS granted
            WHERE pg_proc.pronamespace = 'souk'::pg_catalog.regnamespace
                AND granted.grantee NOT IN (0, pg_proc.proowner));
        DROP TRIGGER IF EXISTS price_ledger_kept ON souk.price_ledger;
        FOR one IN SELECT pg_proc.oid FROM pg_catalog.pg_proc
            WHERE pg_proc.pronamespace = 'souk'::pg_catalog.regnamespace
        LOOP
            EXECUTE pg_catalog.format('DROP FUNCTION %s', one::pg_catalog.regprocedure);
        END LOOP;
        PERFORM pg_catalog.set_config('check_function_bodies', 'off', true);
{functions}
        CREATE TRIGGER price_ledger_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON souk.price_ledger
            EXECUTE FUNCTION souk.keep_price_ledger();
        REVOKE ALL ON ALL FUNCTIONS IN SCHEMA souk FROM PUBLIC;
        FOREACH one IN ARRAY callers LOOP
            EXECUTE pg_catalog.format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA souk TO %I',
                pg_catalog.pg_get_userbyid(one));
        END LOOP;
        UPDATE souk.installation SET functions = '{hash}';
    END IF;
    EXECUTE pg_catalog.format('COMMENT ON SCHEMA souk IS %L',
        (SELECT installation.version || ' ' || installation.functions FROM souk.installation));
END $setup$"
        )
    }
}

/// Whether a mark is of a version that this build does not know.
pub(crate) fn is_newer(mark: &str) -> bool {
    let version = mark.split(' ').next().unwrap_or_default();
    version.parse().is_ok_and(|version: i64| version > VERSION)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::fs;

    use super::*;

    #[test]
    fn each_function_has_a_file_of_its_name_and_each_file_is_in_the_schema() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/functions");
        let files = fs::read_dir(folder).unwrap().map(|file| {
            let path = file.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(path).unwrap();
            let made: Vec<_> = text.match_indices("CREATE ").collect();
            assert_eq!(made.len(), 1, "{name}");
            let begins = format!("CREATE FUNCTION souk.{name}(");
            assert!(text[made[0].0..].starts_with(&begins), "{name}");
            text
        });
        let files: BTreeSet<_> = files.collect();
        let listed = FUNCTIONS.iter().map(|&text| text.to_owned()).collect();
        assert_eq!(files, listed);
    }

    #[test]
    fn another_text_is_another_mark() {
        let mark = Schema::CURRENT.mark();
        let functions = &FUNCTIONS[1..];
        assert_ne!(Schema { functions }.mark(), mark);
        assert!(!is_newer(&mark));
        assert!(is_newer(&format!("{} x", VERSION + 1)));
    }

    #[test]
    fn no_name_depends_on_the_search_path() {
        let statement = Schema::CURRENT.statement();
        for keyword in ["FROM ", "INTO ", "UPDATE ", "JOIN "] {
            for (at, _) in statement.match_indices(keyword) {
                let name = &statement[at + keyword.len()..];
                let name = name.split(|c: char| c.is_whitespace()).next();
                let relations = [
                    "stock",
                    "movement",
                    "movement_kind",
                    "bucket",
                    "orders",
                    "order_state",
                    "order_event",
                    "order_change",
                    "funds_entry",
                    "message",
                    "delivered",
                    "receipt",
                    "stock_repair",
                    "order_archive",
                    "archive_walk",
                    "price_ledger",
                    "price_terms",
                    "publication",
                    "restoration",
                    "installation",
                    "allowance",
                    "ticket_order",
                ];
                assert!(
                    !name.is_some_and(|name| relations.contains(&name)),
                    "{keyword}{name:?} has no schema"
                );
            }
        }
    }
}
