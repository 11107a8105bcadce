//! The edge as its clients see it: the real use cases over a platform in memory, without a network.

mod support;

mod addresses;
mod browsing;
mod budgets;
mod checkout;
mod consistency;
mod feeds;
mod filtered_pages;
mod filters;
mod following;
mod formats;
mod fuzz;
mod limits;
mod nonsense;
mod orders;
mod origin_report;
mod paging;
mod paying;
mod privacy;
mod public_address;
mod redirects;
mod response_cache;
mod sold_out_holds;
mod tiers;
mod versions;
mod withdrawn;
