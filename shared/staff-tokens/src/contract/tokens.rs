//! Tokens that are kept, listed, used and revoked.

use souk_protocol::staff::{CreateToken, Permission, StaffToken, TOKENS_MAX};

use super::shop::{Fixture, NOW_MS, Shop, create, token};
use crate::{Creation, KeptToken, NewToken};

pub(super) fn a_token_is_kept_with_all_that_is_known_of_it<F: Fixture>(shop: &Shop<F>) {
    assert_eq!(shop.tokens(), []);
    let new = NewToken {
        hash: "h1".to_owned(),
        asked: CreateToken {
            name: "monitoring".to_owned(),
            permissions: vec![Permission::Metrics, Permission::Tick],
            expires_at_ms: Some(NOW_MS + 5),
        },
        by: "boss".to_owned(),
    };
    let about = StaffToken {
        name: "monitoring".to_owned(),
        permissions: vec![Permission::Metrics, Permission::Tick],
        created_at_ms: NOW_MS,
        created_by: "boss".to_owned(),
        expires_at_ms: Some(NOW_MS + 5),
        last_used_at_ms: None,
    };
    let token = about.clone();
    assert_eq!(shop.create(&new), Creation::Done { token });
    shop.created("a", "h2");
    assert_eq!(shop.names(), ["a", "monitoring"]);
    let hash = "h1".to_owned();
    assert_eq!(shop.tokens()[1], KeptToken { hash, about });
}

pub(super) fn the_same_token_again_is_kept_once<F: Fixture>(shop: &Shop<F>) {
    shop.created("a", "h1");
    let again = shop.create(&token("a", "h1"));
    assert!(matches!(again, Creation::Already { .. }), "{again:?}");
    assert_eq!(shop.names(), ["a"]);
    // The same token is one of the same name, permissions and end.
    let mut others = [token("b", "h1"), token("a", "h1"), token("a", "h1")];
    others[1].asked.permissions = vec![Permission::Money];
    others[2].asked.expires_at_ms = Some(NOW_MS + 1);
    for other in others {
        assert_eq!(shop.create(&other), Creation::HashUsed, "{other:?}");
    }
    assert_eq!(shop.tokens()[0].about.permissions, [Permission::Tick]);
    assert_eq!(shop.names(), ["a"]);
}

pub(super) fn a_name_belongs_to_one_token<F: Fixture>(shop: &Shop<F>) {
    shop.created("a", "h1");
    assert_eq!(shop.create(&token("a", "h2")), Creation::NameTaken);
    shop.created("A", "h2");
    assert_eq!(shop.tokens().len(), 2);
}

pub(super) fn a_revoked_token_is_gone_and_its_name_is_free<F: Fixture>(shop: &Shop<F>) {
    shop.created("a", "h1");
    shop.created("b", "h2");
    assert!(shop.revoke("a"));
    assert_eq!(shop.names(), ["b"]);
    assert!(!shop.revoke("a"));
    assert!(!shop.revoke("never"));
    shop.created("a", "h3");
    assert_eq!(shop.names(), ["a", "b"]);
    assert_eq!(shop.tokens()[0].hash, "h3");
}

pub(super) fn a_revoked_token_never_comes_back<F: Fixture>(shop: &Shop<F>) {
    shop.created("a", "h1");
    assert!(shop.revoke("a"));
    for name in ["a", "b"] {
        assert_eq!(shop.create(&token(name, "h1")), Creation::HashUsed);
    }
    shop.used("h1", NOW_MS + 1);
    assert_eq!(shop.tokens(), []);
}

pub(super) fn an_expired_token_is_listed_until_its_name_is_taken<F: Fixture>(shop: &Shop<F>) {
    shop.created("b", "h0");
    shop.create(&ended("a", "h1", 0));
    assert_eq!(shop.names(), ["a", "b"]);
    shop.created("a", "h2");
    assert_eq!(shop.names(), ["a", "b"]);
    assert_eq!(shop.tokens()[0].hash, "h2");
    // The old one is revoked: it never comes back.
    assert_eq!(shop.create(&ended("a", "h1", 0)), Creation::HashUsed);
    assert_eq!(shop.create(&token("a", "h3")), Creation::NameTaken);
    // One that is still valid, if only for a moment, keeps its name.
    let last_moment = ended("c", "h4", -1);
    shop.create(&last_moment);
    assert_eq!(shop.create(&token("c", "h5")), Creation::NameTaken);
}

pub(super) fn expired_tokens_leave_room_for_others<F: Fixture>(shop: &Shop<F>) {
    shop.create(&ended("second", "e1", 1));
    shop.create(&ended("first", "e2", 2));
    for number in 2..TOKENS_MAX {
        shop.created(&format!("n{number}"), &format!("h{number}"));
    }
    assert_eq!(shop.tokens().len(), TOKENS_MAX);
    // The list stays as long as it may be, and those that ended first leave it.
    shop.created("one-more", "x");
    assert!(!shop.names().contains(&"first".to_owned()));
    assert!(shop.names().contains(&"second".to_owned()));
    shop.created("another", "y");
    assert_eq!(shop.tokens().len(), TOKENS_MAX);
    assert!(!shop.names().contains(&"second".to_owned()));
    assert_eq!(shop.create(&token("too-many", "z")), Creation::TooMany);
}

/// A token that ended so many milliseconds ago.
fn ended(name: &str, hash: &str, ago_ms: i64) -> NewToken {
    let mut token = token(name, hash);
    token.asked.expires_at_ms = Some(NOW_MS - ago_ms);
    token
}

pub(super) fn there_are_so_many_tokens_and_no_more<F: Fixture>(shop: &Shop<F>) {
    for number in 0..TOKENS_MAX {
        shop.created(&format!("n{number}"), &format!("h{number}"));
    }
    assert_eq!(shop.create(&token("one-more", "x")), Creation::TooMany);
    // One that is there is found all the same, and one that is revoked makes room.
    let again = shop.create(&token("n0", "h0"));
    assert!(matches!(again, Creation::Already { .. }), "{again:?}");
    assert!(shop.revoke("n0"));
    shop.created("one-more", "x");
    assert_eq!(shop.tokens().len(), TOKENS_MAX);
}

pub(super) fn a_use_moves_forward_only<F: Fixture>(shop: &Shop<F>) {
    shop.created("a", "h1");
    shop.created("b", "h2");
    let last = || {
        let tokens = shop.tokens();
        [0, 1].map(|at| tokens[at].about.last_used_at_ms)
    };
    assert_eq!(last(), [None, None]);
    shop.used("h1", NOW_MS + 7);
    shop.used("h1", NOW_MS + 3);
    shop.used("unknown", NOW_MS);
    assert_eq!(last(), [Some(NOW_MS + 7), None]);
}

pub(super) fn tokens_of_one_name_at_the_same_moment_are_one_token<F: Fixture>(shop: &Shop<F>) {
    let fixture = &shop.fixture;
    let creations: Vec<Creation> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let token = token("a", &format!("h{number}"));
                scope.spawn(move || create(fixture, &token))
            })
            .collect();
        let ended = threads.into_iter().map(|thread| thread.join());
        ended.map(|ended| ended.expect("no panic")).collect()
    });
    let done = |creation: &&Creation| matches!(creation, Creation::Done { .. });
    assert_eq!(creations.iter().filter(done).count(), 1, "{creations:?}");
    let refused = |creation: &&Creation| **creation == Creation::NameTaken;
    assert_eq!(creations.iter().filter(refused).count(), 3, "{creations:?}");
    assert_eq!(shop.names(), ["a"]);
}

pub(super) fn a_token_that_is_revoked_is_revoked_for_every_connection<F: Fixture>(shop: &Shop<F>) {
    use crate::StaffTokens;
    let other = shop.fixture.open();
    shop.created("a", "h1");
    let tokens = || {
        shop.fixture
            .block_on(other.tokens())
            .expect("the engine answers")
    };
    assert_eq!(tokens().len(), 1);
    assert!(shop.revoke("a"));
    assert_eq!(tokens(), []);
}

pub(super) fn a_permission_of_another_version_allows_nothing_and_hides_no_token<F: Fixture>(
    shop: &Shop<F>,
) {
    shop.created("a", "h1");
    shop.created("b", "h2");
    let words = r#"["to_come", "tick"]"#;
    shop.fixture.run(&format!(
        "UPDATE staff_token SET permissions = '{words}' WHERE name = 'a'"
    ));
    shop.fixture
        .run("UPDATE staff_token SET permissions = '[\"to_come\"]' WHERE name = 'b'");
    let permissions = shop.tokens().into_iter().map(|kept| kept.about.permissions);
    let permissions: Vec<_> = permissions.collect();
    assert_eq!(permissions, [vec![Permission::Tick], vec![]]);
    assert!(shop.revoke("a"));
    assert_eq!(shop.names(), ["b"]);
}
