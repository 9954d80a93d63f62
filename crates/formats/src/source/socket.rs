//! A stream from a host: `tcp://HOST:PORT`.

use crate::{Error, Kind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::Duration;

/// How long a read waits for bytes before the stream is called pending.
const PAUSE: Duration = Duration::from_millis(50);

/// Connects; reads of the stream then wait at most [`PAUSE`].
///
/// # Errors
/// [`Kind::Gone`] if the address is none or nobody answers within `patience`.
pub(super) fn connect(address: &str, patience: Duration) -> Result<TcpStream, Error> {
    let gone = |text: String| Error::new(address, Kind::Gone, text);
    let place = address.strip_prefix("tcp://").unwrap_or(address).trim_end_matches('/');
    // TMIO writes tcp://HOST/PORT.
    let split = place.rsplit_once(':').filter(|(_, port)| port.parse::<u16>().is_ok()).or_else(|| place.rsplit_once('/'));
    let Some((host, port)) = split else { return Err(gone("no port: write tcp://HOST:PORT".to_owned())) };
    let port: u16 = port.parse().map_err(|_| gone(format!("`{port}` is no port: write tcp://HOST:PORT")))?;
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let candidates = (host, port).to_socket_addrs().map_err(|e| gone(format!("unknown host: {e}")))?;
    let mut last = "unknown host".to_owned();
    for candidate in candidates {
        match TcpStream::connect_timeout(&candidate, patience) {
            Ok(stream) => {
                stream.set_read_timeout(Some(PAUSE)).map_err(|e| gone(e.to_string()))?;
                return Ok(stream);
            }
            Err(error) => last = error.to_string(),
        }
    }
    Err(gone(format!("no connection: {last}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_none_are_refused_before_anything_is_sent() {
        for address in ["tcp://host", "tcp://host:70000", "tcp://host:x", "tcp://"] {
            let error = connect(address, Duration::from_millis(1)).unwrap_err();
            assert_eq!(error.kind, Kind::Gone, "{error}");
        }
    }
}
