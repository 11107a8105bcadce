//! `--sale`: a copy of the demo shop has a sale that opens soon, with a waiting room from the start on.
//!
//! It is published and scheduled by the commands that a shop uses. The copy is beside the local stores,
//! so the demo shop stays as it is. A sale that has begun keeps its id for good, so each run on the same
//! stores has a sale of its own.
//!
//! Not here: what the sale sells (`tools/xtask/evening/sale.toml`).

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

/// The sale, from the root of the repository.
const TEMPLATE: &str = "tools/xtask/evening/sale.toml";
/// The copy of the shop, and the number of its last sale, beside the local stores.
const COPY: &str = "demo-with-sale";
const NUMBER: &str = "demo-sales";
/// What its first sale is called.
const ID: &str = "evening";

const LASTS: Duration = Duration::minutes(30);
/// Bounds of `gathers` in `sale.toml`.
const GATHERS_MIN: Duration = Duration::minutes(1);
const GATHERS_MAX: Duration = Duration::hours(24);

/// When the sale opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Opening {
    /// So long after the shop answers.
    After(Duration),
    /// At this moment.
    At(OffsetDateTime),
}

/// Reads a time span such as `10m`, or a moment.
///
/// # Errors
/// When it is neither.
pub(super) fn parse(text: &str) -> Result<Opening, String> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Ok(Opening::At(moment.to_offset(UtcOffset::UTC)));
    }
    let wrong = "a time such as 90s, 10m or 2h, or a moment such as 2027-11-11T02:00:00Z";
    let span = || {
        let unit = text.chars().last()?;
        let unit_s = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            _ => return None,
        };
        let number: u32 = text[..text.len() - 1].parse().ok()?;
        let span = Duration::seconds(i64::from(number) * unit_s);
        (Duration::SECOND..=GATHERS_MAX)
            .contains(&span)
            .then_some(span)
    };
    span().map(Opening::After).ok_or_else(|| wrong.to_owned())
}

impl Opening {
    /// The moment, in whole seconds.
    ///
    /// # Errors
    /// When it has passed.
    pub(super) fn moment(self, now: OffsetDateTime) -> Result<OffsetDateTime> {
        let moment = match self {
            Opening::After(span) => now + span,
            Opening::At(moment) => moment,
        };
        let moment = moment.truncate_to_second();
        ensure!(
            moment > now - Duration::SECOND,
            "--sale: {moment} has passed"
        );
        Ok(moment)
    }
}

/// The sale of a run.
pub(super) struct Evening {
    id: String,
    folder: PathBuf,
    opens: OffsetDateTime,
}

impl Evening {
    /// Makes the copy of a shop beside the stores, with a sale that opens then.
    ///
    /// # Errors
    /// When a file cannot be read or written.
    pub(super) fn prepare(
        root: &Path,
        shop: &Path,
        state: &Path,
        opens: OffsetDateTime,
        now: OffsetDateTime,
    ) -> Result<Self> {
        let number = state.join(NUMBER);
        let last = fs::read_to_string(&number).unwrap_or_default();
        let next = last.trim().parse().unwrap_or(0_u32) + 1;
        let id = match next {
            1 => ID.to_owned(),
            next => format!("{ID}-{next}"),
        };
        let folder = state.join(COPY);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("empty {}", folder.display()))?;
        }
        copy(shop, &folder)?;
        let template = root.join(TEMPLATE);
        let template = fs::read_to_string(&template)
            .with_context(|| format!("read {}", template.display()))?;
        let sale = folder.join("sales").join(&id);
        fs::create_dir_all(&sale).with_context(|| format!("make {}", sale.display()))?;
        fs::write(sale.join("sale.toml"), written(&template, opens, now)?)?;
        fs::write(&number, next.to_string())?;
        Ok(Self { id, folder, opens })
    }

    /// The folder of the shop with the sale.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Gives the published sale its units and its waiting room; `souk` is the program with the address of
    /// the shop.
    ///
    /// # Errors
    /// When that fails, for reasons that the program has printed.
    pub(super) fn schedule(&self, mut souk: Command) -> Result<()> {
        let status = souk.args(["sale", "schedule", &self.id]).status();
        ensure!(
            status.context("start the program souk")?.success(),
            "souk sale schedule failed, see above; --fresh begins with all units again"
        );
        Ok(())
    }

    /// What the developer should know, in the list of addresses.
    pub(super) fn welcome(&self, base: &str) -> Result<String> {
        let Self { id, opens, .. } = self;
        let opens = opens.format(&Rfc3339)?;
        Ok(format!(
            "\n  {base}/sales/{id}    a sale with a waiting room, which opens at {opens}"
        ))
    }

    /// Commands to try.
    pub(super) fn commands(&self, base: &str) -> String {
        format!(
            "\n  cargo souk sale status --watch --shop {base}\n  cargo souk sale pause {} --shop {base}",
            self.id
        )
    }
}

/// The sale with its moments.
fn written(template: &str, opens: OffsetDateTime, now: OffsetDateTime) -> Result<String> {
    let gathers = (opens - now + Duration::SECOND).clamp(GATHERS_MIN, GATHERS_MAX);
    let moments = [
        ("opens", opens.format(&Rfc3339)?),
        ("closes", (opens + LASTS).format(&Rfc3339)?),
        ("gathers", format!("\"{}s\"", gathers.whole_seconds())),
    ];
    let mut text = String::new();
    for line in template.lines() {
        let key = line.split_once(" = ").map(|(key, _)| key);
        let mut moments = moments.iter();
        match moments.find(|(name, _)| key == Some(name)) {
            Some((name, value)) => text += &format!("{name} = {value}\n"),
            None => text += &format!("{line}\n"),
        }
    }
    Ok(text)
}

/// Copies a folder with everything below it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| format!("make {}", to.display()))?;
    for entry in fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let entry = entry?;
        let copied = to.join(entry.file_name());
        match entry.file_type()?.is_dir() {
            true => copy(&entry.path(), &copied)?,
            false => {
                fs::copy(entry.path(), &copied)
                    .with_context(|| format!("write {}", copied.display()))?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> OffsetDateTime {
        OffsetDateTime::parse(text, &Rfc3339).unwrap()
    }

    #[test]
    fn an_opening_is_a_time_from_now_or_a_moment() {
        let now = moment("2036-06-01T12:00:00.700Z");
        let opens = |text| parse(text).unwrap().moment(now).unwrap();
        assert_eq!(opens("90s"), moment("2036-06-01T12:01:30Z"));
        assert_eq!(opens("10m"), moment("2036-06-01T12:10:00Z"));
        assert_eq!(opens("24h"), moment("2036-06-02T12:00:00Z"));
        let east = opens("2036-06-01T22:00:00+08:00");
        assert_eq!(east, moment("2036-06-01T14:00:00Z"));
        for wrong in ["", "m", "0s", "25h", "10", "1.5h", "-3m", "noon", "3µ"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
        let passed = parse("2036-06-01T11:59:00Z").unwrap();
        assert!(passed.moment(now).is_err());
    }

    #[test]
    fn the_sale_gathers_from_the_start_and_lasts_half_an_hour() {
        let template = "# Text\nopens = 1\ncloses = 2\ngathers = \"3\"\nitems = [{ units = 3 }]\n";
        let now = moment("2036-06-01T12:00:00.700Z");
        let at = |opens| written(template, moment(opens), now).unwrap();
        assert_eq!(
            at("2036-06-01T12:10:00Z"),
            "# Text\nopens = 2036-06-01T12:10:00Z\ncloses = 2036-06-01T12:40:00Z\n\
             gathers = \"600s\"\nitems = [{ units = 3 }]\n"
        );
        assert!(at("2036-06-01T12:00:10Z").contains("gathers = \"60s\""));
        assert!(at("2036-07-01T12:00:00Z").contains("gathers = \"86400s\""));
    }

    #[test]
    fn every_run_on_the_same_stores_has_a_sale_of_its_own() {
        let root = crate::paths::repo_root().unwrap();
        let state = std::env::temp_dir().join(format!("souk-dev-evening-{}", std::process::id()));
        let shop = state.join("shop");
        fs::create_dir_all(shop.join("sales/other")).unwrap();
        fs::write(shop.join("sales/other/sale.toml"), "").unwrap();
        let (opens, now) = (
            moment("2036-06-01T12:10:00Z"),
            moment("2036-06-01T12:00:00Z"),
        );
        for id in ["evening", "evening-2", "evening-3"] {
            let evening = Evening::prepare(&root, &shop, &state, opens, now).unwrap();
            let sales = evening.folder().join("sales");
            let text = fs::read_to_string(sales.join(id).join("sale.toml")).unwrap();
            for moment in ["\nopens = 2036-06-01T12:10:00Z\n", "\ngathers = \"601s\"\n"] {
                assert!(text.contains(moment), "{text}");
            }
            assert_eq!(fs::read_dir(&sales).unwrap().count(), 2, "{id}");
            let welcome = evening.welcome("http://x").unwrap();
            assert!(
                welcome.contains(&format!("http://x/sales/{id} ")),
                "{welcome}"
            );
        }
        fs::remove_dir_all(&state).unwrap();
    }
}
