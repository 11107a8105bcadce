//! Which origins a deployment's edge asks: `origin_pool`, `origin_pool_policy` and `origin_token`.

use souk_settings::{Reader, site};

use crate::balancer::Policy;

/// Members of a pool at most. Spin has to be told each host in its manifest, and has room for so many.
pub const MEMBERS_MAX: usize = 4;
/// The weight of a member at most.
pub const WEIGHT_MAX: u32 = 100;

const POOL: &str = "origin_pool";
const POLICY: &str = "origin_pool_policy";
const TOKEN: &str = "origin_token";

/// The origins of a deployment.
#[derive(Clone, PartialEq, Eq)]
pub struct PoolSettings {
    pub(crate) members: Vec<MemberSettings>,
    pub(crate) policy: Policy,
    /// Opens every member's entrance.
    pub(crate) token: String,
}

/// An origin of a pool.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MemberSettings {
    /// Scheme and host.
    pub(crate) site: String,
    /// How many requests it gets beside the others'.
    pub(crate) weight: u32,
}

impl PoolSettings {
    /// Reads the settings; `None` where there is no pool: the edge asks the origin of its own
    /// deployment.
    pub fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let text = reader.text(POOL);
        let policy = match reader.text(POLICY) {
            "" | "round_robin" => Policy::RoundRobin,
            "least_in_flight" => Policy::LeastInFlight,
            other => {
                let reason = format!("'{other}' is neither round_robin nor least_in_flight");
                reader.fault(POLICY, reason);
                Policy::default()
            }
        };
        if text.is_empty() {
            return None;
        }
        let members = members(text).unwrap_or_else(|reason| {
            reader.fault(POOL, reason);
            Vec::new()
        });
        let token = reader.secrets(TOKEN).newest().to_owned();
        Some(Self {
            members,
            policy,
            token,
        })
    }
}

impl std::fmt::Debug for PoolSettings {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("PoolSettings")
            .field("members", &self.members)
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

fn members(text: &str) -> Result<Vec<MemberSettings>, String> {
    let members: Vec<_> = text.split(',').map(member).collect::<Result<_, _>>()?;
    if members.len() > MEMBERS_MAX {
        return Err(format!("a pool has at most {MEMBERS_MAX} origins"));
    }
    for (place, one) in members.iter().enumerate() {
        if members[..place].iter().any(|other| other.site == one.site) {
            return Err(format!("'{}' is there twice", one.site));
        }
    }
    Ok(members)
}

fn member(text: &str) -> Result<MemberSettings, String> {
    let mut words = text.split_whitespace();
    let address = words.next().unwrap_or_default();
    let weight = match words.next() {
        None => Some(1),
        Some(word) => word
            .strip_prefix("weight=")
            .and_then(|number| number.parse().ok())
            .filter(|weight| (1..=WEIGHT_MAX).contains(weight)),
    };
    match (site(address), weight, words.next()) {
        (Ok(site), Some(weight), None) => Ok(MemberSettings { site, weight }),
        (Err(reason), ..) => Err(reason),
        _ => Err(format!(
            "'{}' is not written as https://origin.example weight=N, with a weight from 1 to {WEIGHT_MAX}",
            text.trim()
        )),
    }
}

#[cfg(test)]
mod tests {
    use souk_settings::{SettingsError, Values};

    use super::*;

    const SECRET: &str = "5d41402abc4b2a76b9719d911017c592";

    fn read(pool: &str, policy: &str, token: &str) -> Result<Option<PoolSettings>, SettingsError> {
        let pairs = [(POOL, pool), (POLICY, policy), (TOKEN, token)];
        let values: Values = pairs.into_iter().collect();
        let mut reader = Reader::new(&values);
        let read = PoolSettings::read(&mut reader);
        reader.finish(read)
    }

    #[test]
    fn a_pool_is_read_with_its_weights() {
        let text = "https://A.example weight=3, https://b.example:8443 ,http://127.0.0.1:3001";
        let pool = read(text, "least_in_flight", SECRET).unwrap().unwrap();
        let members: Vec<_> = pool
            .members
            .iter()
            .map(|one| (one.site.as_str(), one.weight))
            .collect();
        let wanted = [
            ("https://a.example", 3),
            ("https://b.example:8443", 1),
            ("http://127.0.0.1:3001", 1),
        ];
        assert_eq!(members, wanted);
        assert_eq!(
            (pool.policy, pool.token.as_str()),
            (Policy::LeastInFlight, SECRET)
        );
        assert!(!format!("{pool:?}").contains(SECRET));
    }

    #[test]
    fn without_a_pool_nothing_else_is_needed() {
        assert_eq!(read("", "", ""), Ok(None));
        assert_eq!(read("", "round_robin", SECRET), Ok(None));
    }

    #[test]
    fn the_newest_token_is_sent() {
        let tokens = format!("{SECRET}, e4d909c290d0fb1ca068ffaddf22cbd0");
        let pool = read("https://a.example", "", &tokens).unwrap().unwrap();
        assert_eq!(pool.token, SECRET);
    }

    #[test]
    fn what_is_wrong_is_no_pool() {
        for wrong in [
            "a.example",
            "http://a.example",
            "https://a.example/path",
            "https://a.example weight=0",
            "https://a.example weight=101",
            "https://a.example weight=-1",
            "https://a.example 3",
            "https://a.example weight=1 weight=2",
            "https://a.example,",
            ",https://a.example",
            "https://a.example, https://A.example weight=2",
            "https://a.example,https://b.example,https://c.example,https://d.example,https://e.example",
        ] {
            let error = read(wrong, "", SECRET).unwrap_err();
            assert_eq!(error.0[0].name, POOL, "{wrong}");
        }
        for token in ["", "short", "change-me-to-32-random-characters"] {
            let error = read("https://a.example", "", token).unwrap_err();
            assert_eq!(error.0[0].name, TOKEN, "{token}");
        }
        assert_eq!(read("", "random", "").unwrap_err().0[0].name, POLICY);
    }
}
