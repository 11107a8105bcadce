//! How everything stands, as the staff see it.

use souk_operations::{
    Ladder, Operations, RateLimit, RouteClass, Setting, Switch, effect, state_of,
};
use souk_protocol::operations::{
    LadderRung, RequestLimit, SaleStanding, SettingEffect, Standing, SwitchStanding,
};

/// How everything stands at a moment, in milliseconds since 1970, with effects in a language. What is
/// due counts as ended, also before the journal has its record.
pub(crate) fn standing(
    stored: &Operations,
    sales: Vec<SaleStanding>,
    language: &str,
    now_ms: i64,
) -> Standing {
    let ended = stored.end_due(now_ms).map(|change| change.next);
    let now = ended.as_ref().unwrap_or(stored);
    let journal = stored.journal();
    let switches = Switch::ALL.iter();
    let switches = switches.map(|&switch| of_switch(now, switch, language, now_ms));
    Standing {
        level: now.level().number(),
        level_until_ms: now.level_until_ms(),
        switches: switches.collect(),
        stamp: stored.stamp(),
        records: journal.records(),
        head: journal.head().to_owned(),
        limits: limits(now.limits()),
        sales,
        ladder: rungs(now.ladder()),
    }
}

fn limits(set: &[RateLimit]) -> Vec<RequestLimit> {
    let classes = RouteClass::COUNTED.into_iter();
    let limits = classes.filter_map(|class| {
        let rate = class.rate(set)?;
        Some(RequestLimit {
            class: class.name().to_owned(),
            quota: rate.quota,
            window_s: rate.window_s,
        })
    });
    limits.collect()
}

fn rungs(ladder: &Ladder) -> Vec<LadderRung> {
    let rungs = ladder.rungs().iter().map(|rung| LadderRung {
        level: rung.level.number(),
        switch: rung.switch.name().to_owned(),
        state: rung.setting.name().to_owned(),
    });
    rungs.collect()
}

fn of_switch(now: &Operations, switch: Switch, language: &str, now_ms: i64) -> SwitchStanding {
    let by_level = now.by_level();
    let set = now.manual().iter().find(|one| one.switch == switch);
    let state = state_of(switch, &by_level, now.manual(), now_ms);
    let by_level = by_level.get(&switch).copied().unwrap_or(Setting::On);
    let settings = switch.settings().iter();
    let settings = settings.map(|&setting| SettingEffect {
        state: setting.name().to_owned(),
        effect: effect(switch, setting, language)
            .unwrap_or_default()
            .to_owned(),
    });
    SwitchStanding {
        switch: switch.name().to_owned(),
        state: state.name().to_owned(),
        by_level: by_level.name().to_owned(),
        until_ms: set.map(|one| one.until_ms),
        settings: settings.collect(),
    }
}
