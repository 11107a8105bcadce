//! The statements about the help: questions, and answers that were opened and judged.
//!
//! Not here: when they run (`sqlite`).

/// Their tables.
pub(crate) const TABLES: &[&str] = &[
    "CREATE TABLE search_question (
        day INTEGER NOT NULL,
        locale TEXT NOT NULL,
        query TEXT NOT NULL,
        searches INTEGER NOT NULL,
        zero INTEGER NOT NULL,
        contacts INTEGER NOT NULL,
        PRIMARY KEY (day, locale, query)
    ) STRICT, WITHOUT ROWID",
    "CREATE TABLE search_answer (
        day INTEGER NOT NULL,
        locale TEXT NOT NULL,
        slug TEXT NOT NULL,
        opened INTEGER NOT NULL,
        helpful INTEGER NOT NULL,
        not_helpful INTEGER NOT NULL,
        PRIMARY KEY (day, locale, slug)
    ) STRICT, WITHOUT ROWID",
];

/// Adds what a batch says of the help.
pub(crate) const ADD: [&str; 2] = [
    "INSERT INTO search_question (day, locale, query, searches, zero, contacts)
    SELECT ?2, value ->> 'locale', value ->> 'query', value ->> 'searches', value ->> 'zero',
        coalesce(value ->> 'contacts', 0)
        FROM json_each(?1) WHERE value ->> 'subject' = 'question'
    ON CONFLICT DO UPDATE SET searches = searches + excluded.searches, zero = zero + excluded.zero,
        contacts = contacts + excluded.contacts",
    "INSERT INTO search_answer (day, locale, slug, opened, helpful, not_helpful)
    SELECT ?2, value ->> 'locale', value ->> 'query', value ->> 'clicks',
        coalesce(value ->> 'helpful', 0), coalesce(value ->> 'not_helpful', 0)
        FROM json_each(?1) WHERE value ->> 'subject' = 'answer'
    ON CONFLICT DO UPDATE SET opened = opened + excluded.opened,
        helpful = helpful + excluded.helpful, not_helpful = not_helpful + excluded.not_helpful",
];

/// Drops the questions, and the answers, of a day that were counted least often.
pub(crate) const TRIM_QUESTIONS: &str =
    "DELETE FROM search_question WHERE day = ?1 AND (locale, query) IN (
    SELECT locale, query FROM search_question WHERE day = ?1
    ORDER BY searches + contacts DESC, locale, query LIMIT -1 OFFSET ?2)";
pub(crate) const TRIM_ANSWERS: &str =
    "DELETE FROM search_answer WHERE day = ?1 AND (locale, slug) IN (
    SELECT locale, slug FROM search_answer WHERE day = ?1
    ORDER BY opened + helpful + not_helpful DESC, locale, slug LIMIT -1 OFFSET ?2)";

/// The report as JSON, by the engine. Contacts of a question count at most as often as its answers
/// were shown: their page can be opened again without them.
pub(crate) const REPORT: &str = "WITH asked AS (
        SELECT query, locale, sum(searches) AS searches, sum(zero) AS zero,
            sum(contacts) AS contacts
        FROM search_question WHERE day > ?1 - ?2 AND day <= ?1 GROUP BY locale, query),
    opened AS (
        SELECT slug, locale, sum(opened) AS opened, sum(helpful) AS helpful,
            sum(not_helpful) AS not_helpful
        FROM search_answer WHERE day > ?1 - ?2 AND day <= ?1 GROUP BY locale, slug)
    SELECT json_object(
        'searches', (SELECT coalesce(sum(searches), 0) FROM asked),
        'answered', (SELECT coalesce(sum(searches - zero), 0) FROM asked),
        'contacts', (SELECT coalesce(sum(min(contacts, searches - zero)), 0) FROM asked),
        'answers', json((SELECT json_group_array(json_object('slug', slug, 'locale', locale,
                'opened', opened, 'helpful', helpful, 'not_helpful', not_helpful))
            FROM (SELECT * FROM opened
                ORDER BY not_helpful DESC, opened DESC, helpful DESC, slug, locale LIMIT ?4))),
        'zero', json((SELECT json_group_array(json_object('query', query, 'locale', locale,
                'count', zero))
            FROM (SELECT * FROM asked WHERE zero >= ?3
                ORDER BY zero DESC, query, locale LIMIT ?4))))";
