//! Reads the file of a scenario, and says what is wrong in it by line and column.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::time::Duration;

use http::uri::PathAndQuery;
use http::{HeaderName, HeaderValue, Method};
use thiserror::Error;
use toml::Spanned;

use super::file::{ArrivalsEntry, File, SaleEntry, StepEntry};
use super::fill::{filled, names};
use super::sale::SaleScenario;
use super::span::{Span, time};
use super::{Crowd, Scenario, Step};
use crate::arrivals::Arrivals;

/// Requests a second, at most: more than one machine sends to itself.
pub const RATE_MAX: f64 = 100_000.0;
const RATE_MIN: f64 = 0.001;
const VISITORS_MAX: u32 = 1_000_000;
/// The number of a visit, in paths and bodies.
const VISIT: &str = "visit";
/// The seed of the run, in the same places: what has to be new in each run is made of both.
pub(crate) const SEED: &str = "seed";

/// What is wrong in a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{}:{line}:{column}: {message}", .file.display())]
pub struct Mistake {
    /// The file.
    pub file: PathBuf,
    /// From 1.
    pub line: usize,
    /// In characters, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
}

/// Why something is wrong, and where in the text.
struct Wrong {
    at: Range<usize>,
    message: String,
}

type Read<T> = Result<T, Wrong>;

/// Reads a scenario. Files that it names are beside it.
///
/// # Errors
/// Says what is wrong, and where.
pub fn read(file: &Path) -> Result<Scenario, Mistake> {
    let text = fs::read_to_string(file).map_err(|error| Mistake {
        file: file.to_owned(),
        line: 1,
        column: 1,
        message: error.to_string(),
    })?;
    let folder = file.parent().unwrap_or(Path::new("."));
    parse(&text, folder).map_err(|wrong| {
        let before = text.get(..wrong.at.start).unwrap_or(&text);
        let line_begins = before.rfind('\n').map_or(0, |end| end + 1);
        Mistake {
            file: file.to_owned(),
            line: before.matches('\n').count() + 1,
            column: before[line_begins..].chars().count() + 1,
            message: wrong.message,
        }
    })
}

fn parse(text: &str, folder: &Path) -> Read<Scenario> {
    let file: File = toml::from_str(text).map_err(|error| Wrong {
        at: error.span().unwrap_or(0..0),
        message: error.message().to_owned(),
    })?;
    let mut scenario = Scenario {
        seed: file.seed,
        choices: Default::default(),
        journeys: Default::default(),
        crowds: Vec::new(),
        sale: None,
    };
    for (name, choices) in file.choices {
        if choices.get_ref().is_empty() || [VISIT, SEED].contains(&name.as_str()) {
            let message = format!("'{name}' has to have something to choose, and another name");
            return Err(wrong(&choices, message));
        }
        scenario.choices.insert(name, choices.into_inner());
    }
    for (name, entries) in file.journeys {
        let steps = entries.into_iter().map(|entry| step(entry, &scenario));
        let steps = steps.collect::<Read<Vec<_>>>()?;
        scenario.journeys.insert(name, steps);
    }
    for entry in &file.arrivals {
        scenario.crowds.push(crowd(entry, &scenario, folder)?);
    }
    scenario.sale = file.sale.map(sale).transpose()?;
    if scenario.crowds.is_empty() && scenario.sale.is_none() {
        return Err(Wrong {
            at: 0..0,
            message: "no visitor comes: write [[arrivals]] or [sale]".to_owned(),
        });
    }
    Ok(scenario)
}

fn wrong<T>(place: &Spanned<T>, message: impl Into<String>) -> Wrong {
    Wrong {
        at: place.span(),
        message: message.into(),
    }
}

fn step(entry: Spanned<StepEntry>, scenario: &Scenario) -> Read<Step> {
    let at = entry.span();
    let entry = entry.into_inner();
    let (method, path) = match (entry.get, entry.post) {
        (Some(path), None) => (Method::GET, path),
        (None, Some(path)) => (Method::POST, path),
        (None, None) | (Some(_), Some(_)) => {
            let message = "a step has either 'get' or 'post'".to_owned();
            return Err(Wrong { at, message });
        }
    };
    if !path.get_ref().starts_with('/') {
        return Err(wrong(&path, "a path begins with '/'"));
    }
    names_are_known(&path, scenario)?;
    is_address(&path, scenario)?;
    if let Some(body) = &entry.body {
        names_are_known(body, scenario)?;
    }
    let headers = entry.headers.into_iter().map(|(name, value)| {
        let name = HeaderName::try_from(name).map_err(|error| wrong(&value, error.to_string()));
        names_are_known(&value, scenario)?;
        for choice in chosen(&value, scenario) {
            let filled = filled(value.get_ref(), |_| choice);
            HeaderValue::try_from(filled).map_err(|error| wrong(&value, error.to_string()))?;
        }
        let text = HeaderValue::try_from(value.get_ref());
        Ok((
            name?,
            text.map_err(|error| wrong(&value, error.to_string()))?,
        ))
    });
    Ok(Step {
        after: entry
            .after
            .as_ref()
            .map(span)
            .transpose()?
            .unwrap_or_default(),
        headers: headers.collect::<Read<_>>()?,
        name: entry
            .name
            .unwrap_or_else(|| format!("{method} {}", path.get_ref())),
        method,
        path: path.into_inner(),
        body: entry.body.map(Spanned::into_inner).unwrap_or_default(),
    })
}

/// That each `{name}` is a choice, the number of the visit or the seed. Other braces are those of JSON.
fn names_are_known(text: &Spanned<String>, scenario: &Scenario) -> Read<()> {
    for name in names(text.get_ref()) {
        if ![VISIT, SEED].contains(&name) && !scenario.choices.contains_key(name) {
            let message = format!("[choices] has no '{name}'");
            return Err(wrong(text, message));
        }
    }
    Ok(())
}

/// What can stand in the place of a name in a text, with a number for one that has no choices.
fn chosen<'s>(text: &'s Spanned<String>, scenario: &'s Scenario) -> impl Iterator<Item = &'s str> {
    let choices = names(text.get_ref()).filter_map(|name| scenario.choices.get(name));
    choices.flatten().map(String::as_str).chain(["0"])
}

/// That a path is one whatever is chosen.
fn is_address(path: &Spanned<String>, scenario: &Scenario) -> Read<()> {
    for choice in chosen(path, scenario) {
        let filled = filled(path.get_ref(), |_| choice);
        if let Err(error) = PathAndQuery::try_from(&filled) {
            return Err(wrong(path, format!("'{filled}' is no path: {error}")));
        }
    }
    Ok(())
}

fn span(text: &Spanned<String>) -> Read<Span> {
    Span::parse(text.get_ref()).map_err(|message| wrong(text, message))
}

fn duration(text: &Spanned<String>) -> Read<Duration> {
    time(text.get_ref()).map_err(|message| wrong(text, message))
}

fn crowd(entry: &Spanned<ArrivalsEntry>, scenario: &Scenario, folder: &Path) -> Read<Crowd> {
    let arrivals = arrivals(entry, folder)?;
    let entry_here = entry.get_ref();
    let mut journeys = Vec::new();
    for (name, weight) in &entry_here.journeys {
        if !scenario.journeys.contains_key(name) {
            return Err(wrong(weight, format!("there is no [[journeys.{name}]]")));
        }
        journeys.push((name.clone(), *weight.get_ref()));
    }
    if journeys.iter().all(|(_, weight)| *weight == 0) {
        return Err(wrong(entry, "no journey has a weight"));
    }
    let starts = entry_here.starts.as_ref().map(duration).transpose()?;
    Ok(Crowd {
        starts: starts.unwrap_or_default(),
        arrivals,
        journeys,
    })
}

/// The keys that each kind has; every other one is a mistake.
fn arrivals(entry: &Spanned<ArrivalsEntry>, folder: &Path) -> Read<Arrivals> {
    let here = entry.get_ref();
    let kind = here.kind.get_ref().as_str();
    let wanted: &[&str] = match kind {
        "constant" | "poisson" => &["for", "rate"],
        "ramp" => &["for", "from", "to"],
        "herd" => &["visitors", "within"],
        "file" => &["file"],
        _ => {
            let message = "'kind' is constant, poisson, ramp, herd or file";
            return Err(wrong(&here.kind, message));
        }
    };
    let given = [
        ("for", here.lasts.as_ref().map(Spanned::span)),
        ("rate", here.rate.as_ref().map(Spanned::span)),
        ("from", here.from.as_ref().map(Spanned::span)),
        ("to", here.to.as_ref().map(Spanned::span)),
        ("visitors", here.visitors.as_ref().map(Spanned::span)),
        ("within", here.within.as_ref().map(Spanned::span)),
        ("file", here.file.as_ref().map(Spanned::span)),
    ];
    for (key, at) in given {
        if let (Some(at), false) = (at, wanted.contains(&key)) {
            let message = format!("arrivals of the kind '{kind}' have no '{key}'");
            return Err(Wrong { at, message });
        }
    }
    let lacks = |key: &str| wrong(entry, format!("arrivals of the kind '{kind}' need '{key}'"));
    let lasts = || duration(here.lasts.as_ref().ok_or_else(|| lacks("for"))?);
    let rate = |value: &Option<Spanned<f64>>, key: &str, least: f64| {
        let value = value.as_ref().ok_or_else(|| lacks(key))?;
        match (least..=RATE_MAX).contains(value.get_ref()) {
            true => Ok(*value.get_ref()),
            false => Err(wrong(
                value,
                format!("a rate is between {least} and {RATE_MAX}"),
            )),
        }
    };
    Ok(match kind {
        "constant" => Arrivals::Constant {
            rate: rate(&here.rate, "rate", RATE_MIN)?,
            lasts: lasts()?,
        },
        "poisson" => Arrivals::Poisson {
            rate: rate(&here.rate, "rate", RATE_MIN)?,
            lasts: lasts()?,
        },
        "ramp" => Arrivals::Ramp {
            from: rate(&here.from, "from", 0.0)?,
            to: rate(&here.to, "to", 0.0)?,
            lasts: lasts()?,
        },
        "herd" => Arrivals::Herd {
            visitors: visitors(here.visitors.as_ref().ok_or_else(|| lacks("visitors"))?)?,
            within: duration(here.within.as_ref().ok_or_else(|| lacks("within"))?)?,
        },
        _ => moments(here.file.as_ref().ok_or_else(|| lacks("file"))?, folder)?,
    })
}

fn visitors(value: &Spanned<u32>) -> Read<u32> {
    match *value.get_ref() {
        number @ 0..=VISITORS_MAX => Ok(number),
        _ => Err(wrong(value, format!("at most {VISITORS_MAX} visitors"))),
    }
}

/// A file has a moment in each line, in seconds from the beginning of the arrivals.
fn moments(file: &Spanned<String>, folder: &Path) -> Read<Arrivals> {
    let path = folder.join(file.get_ref());
    let shown = path.display();
    let text = fs::read_to_string(&path).map_err(|error| wrong(file, format!("{shown}: {error}")));
    let mut moments = Vec::new();
    for (place, line) in text?
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
    {
        let moment = line.trim().parse().ok();
        let moment = moment.and_then(|moment_s| Duration::try_from_secs_f64(moment_s).ok());
        let message = || format!("{shown}:{}: '{line}' is no moment in seconds", place + 1);
        moments.push(moment.ok_or_else(|| wrong(file, message()))?);
    }
    moments.sort_unstable();
    Ok(Arrivals::File(moments))
}

fn sale(entry: SaleEntry) -> Read<SaleScenario> {
    let share = |value: &Spanned<f64>| match (0.0..=1.0).contains(value.get_ref()) {
        true => Ok(*value.get_ref()),
        false => Err(wrong(value, "a share is between 0 and 1")),
    };
    Ok(SaleScenario {
        visitors: visitors(&entry.visitors)?,
        bots: visitors(&entry.bots)?,
        early: share(&entry.early)?,
        leave: share(&entry.leave)?,
        comes_before: span(&entry.comes_before)?,
        comes_after: span(&entry.comes_after)?,
        stays: span(&entry.stays)?,
        buys_after: span(&entry.buys_after)?,
        id: entry.id.into_inner(),
    })
}
