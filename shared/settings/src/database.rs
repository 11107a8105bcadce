//! The address of a PostgreSQL server: outside of the loopback it is reached by TLS only.
//!
//! The address is read as Spin reads it (`tokio-postgres`): the part in front of the first `@` is
//! the user, several hosts are separated by commas, and parameters follow a `?`. Spin checks the
//! server's certificate and host name in every mode with TLS; `require` is the one that has no way
//! around TLS, and `verify-full` is not known to it.

use crate::address::is_loopback;

/// What is wrong with the address; without the address, in which there is a password.
pub(crate) fn fault(url: &str) -> Option<String> {
    let rest = url
        .strip_prefix("postgres://")
        .or_else(|| url.strip_prefix("postgresql://"));
    let Some(rest) = rest else {
        return Some("an address is postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned());
    };
    let rest = rest.split_once('@').map_or(rest, |(_user, rest)| rest);
    let hosts = rest.split(['/', '?']).next().unwrap_or_default();
    let parameters = rest
        .split_once('?')
        .map_or("", |(_, parameters)| parameters);
    let parameters = parameters
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(|parameter| parameter.split_once('=').unwrap_or((parameter, "")));
    // What a resolver makes of other names below `localhost` is not known.
    let is_this_machine = |host: &str| is_loopback(host) && !host.contains(".localhost");
    let mut is_local = hosts.split(',').all(is_this_machine);
    let mut modes = Vec::new();
    for (name, value) in parameters {
        match name {
            "sslmode" => modes.push(value),
            // They say where to connect to, whatever stands in front.
            "host" | "hostaddr" => is_local = false,
            name if name.contains('%') => {
                return Some("names of parameters are written without %".to_owned());
            }
            _ => {}
        }
    }
    let is_required = !modes.is_empty() && modes.iter().all(|mode| *mode == "require");
    if hosts.is_empty() {
        return Some("the address names no host".to_owned());
    }
    if is_local || is_required {
        return None;
    }
    Some(
        "the database is on another machine, and without TLS names and addresses of orders and the \
         password go there for everyone on the way to read: end the address with ?sslmode=require \
         (Spin checks the server's certificate and host name then; verify-full is not known to it). \
         A database that has no TLS is reached through a tunnel that ends on 127.0.0.1"
            .to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::fault;

    #[test]
    fn another_machine_is_reached_by_tls_only() {
        for fine in [
            "postgres://u:p@127.0.0.1:5433/souk",
            "postgres://u:p@localhost/souk",
            "postgresql://u@[::1]:5432/souk?application_name=souk",
            "postgres://u:p@127.0.0.1/souk?sslmode=disable",
            "postgres://u:p%40q@db.example/souk?sslmode=require",
            "postgres://u:p@a.example,b.example:5433/souk?connect_timeout=9&sslmode=require",
        ] {
            assert_eq!(fault(fine), None, "{fine}");
        }
        for open in [
            "postgres://u:hidden@db.example/souk",
            "postgres://u:hidden@db.example:5432/souk?sslmode=prefer",
            "postgres://u:hidden@db.example/souk?sslmode=disable",
            "postgres://u:hidden@db.example/souk?sslmode=verify-full",
            // The last one would count.
            "postgres://u:hidden@db.example/souk?sslmode=require&sslmode=disable",
            "postgres://u:hidden@127.0.0.1,db.example/souk",
            "postgres://u:hidden@127.0.0.1/souk?host=db.example",
            "postgres://u:hidden@db.localhost/souk",
            "postgres://u:hidden@localhost.db.example/souk",
            "postgres://localhost/x?y=hidden@db.example/souk",
            "postgres://u:hidden@10.0.0.7/souk",
        ] {
            let reason = fault(open).expect("it is refused");
            assert!(reason.contains("?sslmode=require"), "{open}: {reason}");
            assert!(!reason.contains("hidden"), "{reason}");
        }
        for wrong in [
            "host=db.example user=souk",
            "mysql://db.example/souk",
            "postgres:///souk",
            "postgres://u:hidden@db.example/souk?ssl%6dode=require",
        ] {
            let reason = fault(wrong).expect("it is refused");
            assert!(!reason.contains("hidden"), "{reason}");
        }
    }
}
