//! Promotions that rest while `promotions` is reduced: all but those on single lines.
//!
//! They are left out of a price as those that cannot be used are, and named in the quote that the buyer
//! is shown; so the origin leaves out the same ones, and the total is the one shown.

use souk_operations::Switch;
use souk_ports::Edge;
use souk_pricing::Class;
use souk_protocol::origin::{PromotionLeftOut, PromotionRefusal};

use crate::http::shop::Shop;
use crate::pricing::ShopTerms;

impl<E: Edge> Shop<'_, E> {
    /// What is left out of a price that is shown now: of what was left out `before` that which cannot
    /// be used, and what rests.
    pub(crate) async fn left_out_now(
        &self,
        mut before: Vec<PromotionLeftOut>,
        terms: &ShopTerms,
    ) -> Vec<PromotionLeftOut> {
        before.retain(|one| one.reason != PromotionRefusal::Suspended);
        if self.signals().await.switches.is_on(Switch::Promotions) {
            return before;
        }
        let promotions = terms.terms.promotions.iter();
        for promotion in promotions.filter(|one| one.class != Class::Line) {
            if before.iter().all(|known| known.promotion != promotion.id) {
                before.push(PromotionLeftOut {
                    promotion: promotion.id.clone(),
                    reason: PromotionRefusal::Suspended,
                });
            }
        }
        before
    }
}
