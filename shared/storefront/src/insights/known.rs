//! The published version of the insights, as an instance knows it.

use std::cell::RefCell;
use std::rc::Rc;

use souk_catalogue::DecodeError;
use souk_insights::Root;
use souk_ports::{Edge, is_within};
use souk_protocol::consistency::Data;
use souk_protocol::keys;
use souk_protocol::staff::InsightsPointer;

use crate::cache::{COALESCE_WAIT_MS, COALESCE_WAITS, Fetches};
use crate::catalogue::blobs::Tiers;
use crate::catalogue::error::ReadError;

/// How long an instance trusts the pointer it has, a small part of the delay of the whole.
pub const INSIGHTS_TTL_MS: i64 = Data::Insights.class().bound_ms() / 360;

/// A version of what was learnt; number 0, and nothing in it, where there is none.
#[derive(Debug, Default)]
pub(crate) struct Insights {
    pub(crate) number: u64,
    pub(crate) root: Root,
    /// Name of the blob of the root.
    blob: String,
    /// That of the version before it.
    before: Option<String>,
}

/// What an instance knows of it.
#[derive(Debug, Default)]
pub(crate) struct InsightsCache {
    known: RefCell<Option<Known>>,
    in_flight: Fetches,
}

#[derive(Debug, Clone)]
struct Known {
    insights: Rc<Insights>,
    /// When the pointer was read, in milliseconds since 1970.
    read_at_ms: i64,
}

impl InsightsCache {
    /// The number of the version, while its pointer need not be read again.
    pub(crate) fn fresh(&self, now_ms: i64) -> Option<u64> {
        let known = self.known.borrow();
        let fresh = |known: &&Known| is_within(INSIGHTS_TTL_MS, known.read_at_ms, now_ms);
        Some(known.as_ref().filter(fresh)?.insights.number)
    }

    /// The version that the pointer names, which is read again where another instance has seen a newer
    /// one: `seen`. While one request reads it, the others take the one before; without one they wait.
    /// What cannot be read leaves the one before, with the reason.
    pub(super) async fn current<E: Edge>(
        &self,
        tiers: &Tiers<'_, E>,
        seen: u64,
    ) -> (Rc<Insights>, Option<ReadError>) {
        for wait in 0..=COALESCE_WAITS {
            let now = tiers.edge.now_ms();
            let known = self.known.borrow().clone();
            if let Some(known) = &known
                && is_within(INSIGHTS_TTL_MS, known.read_at_ms, now)
                && known.insights.number >= seen
            {
                return (known.insights.clone(), None);
            }
            let mark = self.in_flight.begin(keys::INSIGHTS, now);
            if mark.is_none() {
                if let Some(known) = known {
                    return (known.insights, None);
                }
                if wait < COALESCE_WAITS {
                    tiers.edge.pause_ms(COALESCE_WAIT_MS).await;
                    continue;
                }
            }
            let before = known.map(|known| known.insights).unwrap_or_default();
            let (insights, failure) = match follow_pointer(tiers, &before).await {
                Ok(insights) => (insights, None),
                Err(error) => (before, Some(error)),
            };
            self.known.replace(Some(Known {
                insights: insights.clone(),
                read_at_ms: now,
            }));
            return (insights, failure);
        }
        unreachable!("the last round reads the pointer itself")
    }
}

async fn follow_pointer<E: Edge>(
    tiers: &Tiers<'_, E>,
    before: &Rc<Insights>,
) -> Result<Rc<Insights>, ReadError> {
    let Some(pointer) = tiers.edge.read(keys::INSIGHTS).await? else {
        return Ok(Rc::default());
    };
    let pointer = InsightsPointer::parse(&pointer).ok_or_else(|| DecodeError {
        what: "pointer to the insights",
        reason: "it is no line of a version".to_owned(),
    })?;
    if before.number == pointer.version && before.blob == pointer.root {
        return Ok(before.clone());
    }
    Ok(Rc::new(Insights {
        number: pointer.version,
        root: root(tiers, &pointer.root).await?,
        blob: pointer.root,
        before: pointer.before,
    }))
}

async fn root<E: Edge>(tiers: &Tiers<'_, E>, name: &str) -> Result<Root, ReadError> {
    Ok(Root::decode(&tiers.read(&keys::blob(name)).await?)?)
}

impl Insights {
    /// A version that this one is, or the one before it, of which the blobs are kept; `None` for any
    /// other. Version 0 is the one in which nothing was learnt.
    ///
    /// # Errors
    /// When the root before cannot be read.
    pub(super) async fn at<E: Edge>(
        self: Rc<Self>,
        tiers: &Tiers<'_, E>,
        number: u64,
    ) -> Result<Option<Rc<Self>>, ReadError> {
        let before = match number {
            0 => return Ok(Some(Rc::default())),
            _ if number == self.number => return Ok(Some(self)),
            _ if number + 1 == self.number => self.before.as_deref(),
            _ => None,
        };
        let Some(before) = before else {
            return Ok(None);
        };
        let root = root(tiers, before).await?;
        Ok(Some(Rc::new(Self {
            number,
            root,
            ..Self::default()
        })))
    }
}
