//! The secret that a person's app and the console share, and the codes that follow from it.

use domain::time::Timestamp;
use rand::RngCore;
use secrecy::{ExposeSecret, SecretString};
use totp_rs::{Algorithm, Builder, Secret, Totp};

use crate::OpsError;

/// Of a code, in seconds.
const STEP: u64 = 30;
/// What apps show above the code.
const ISSUER: &str = "Switchboard";

/// RFC 6238 as every app knows it: SHA-1, six digits, half a minute. A code of the step before or after is good, for clocks that differ.
pub struct Seed(Totp);

impl Seed {
    /// 160 random bits.
    ///
    /// # Errors
    /// None that can happen at this length.
    pub fn random(account: &str) -> Result<Self, OpsError> {
        let mut bytes = [0; 20];
        rand::rng().fill_bytes(&mut bytes);
        Self::of(bytes.into(), account)
    }

    /// Of what [`Seed::text`] wrote.
    ///
    /// # Errors
    /// It did not.
    pub fn read(text: &SecretString, account: &str) -> Result<Self, OpsError> {
        Self::of(Secret::try_from_base32(text.expose_secret()).map_err(unreadable)?, account)
    }

    fn of(secret: Secret, account: &str) -> Result<Self, OpsError> {
        let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(STEP).with_skew(1).with_secret(secret);
        // In an app's address a colon ends the issuer.
        builder.with_issuer(Some(ISSUER)).with_account_name(account.replace(':', " ")).build().map(Self).map_err(unreadable)
    }

    /// In base32, as a person may type it.
    pub fn text(&self) -> SecretString {
        self.0.secret().to_base32().into()
    }

    /// `otpauth://…`, which apps read from a QR code.
    ///
    /// # Errors
    /// An account that cannot be written so.
    pub fn address(&self) -> Result<SecretString, OpsError> {
        self.0.to_url().map(SecretString::from).map_err(unreadable)
    }

    /// The time step that `code` is of, if it is good at this moment.
    pub fn step_of(&self, code: &str, now: Timestamp) -> Option<i64> {
        let step = self.0.check(code, u64::try_from(now.as_millis() / 1_000).ok()?)?;
        i64::try_from(step).ok()
    }
}

/// The words of the error name no secret.
fn unreadable(error: impl std::fmt::Display) -> OpsError {
    OpsError::Settings(format!("the seed of a second factor cannot be used: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of_the_rfc() -> Seed {
        Seed::of((*b"12345678901234567890").into(), "ada@example.org").expect("a seed")
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1_000)
    }

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        // Appendix B, of whose eight digits these are the last six.
        let vectors = [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ];
        for (second, code) in vectors {
            assert_eq!(of_the_rfc().step_of(code, at(second)), Some(second / 30), "at {second}");
        }
    }

    #[test]
    fn a_clock_may_be_half_a_minute_off_and_no_more() {
        let (seed, second) = (of_the_rfc(), 1_234_567_890);
        for (off, is_good) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            assert_eq!(seed.step_of("005924", at(second + off)).is_some(), is_good, "{off} s");
        }
        for wrong in ["005925", "", "00592", "0059240", "٠٠٥٩٢٤"] {
            assert_eq!(seed.step_of(wrong, at(second)), None, "{wrong:?}");
        }
    }

    #[test]
    fn what_is_kept_as_text_is_the_same_seed() {
        let seed = Seed::random("ada@example.org").expect("a seed");
        let again = Seed::read(&seed.text(), "ada@example.org").expect("read");
        assert_eq!(seed.text().expose_secret(), again.text().expose_secret());
        assert_ne!(seed.text().expose_secret(), Seed::random("ada@example.org").expect("a seed").text().expose_secret());
        assert!(Seed::read(&"not base32!".into(), "ada@example.org").is_err());
    }

    #[test]
    fn the_address_names_console_and_account() {
        let address = of_the_rfc().address().expect("an address");
        let expected = "otpauth://totp/Switchboard:ada%40example.org?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
        assert!(address.expose_secret().starts_with(expected), "{}", address.expose_secret());
        assert!(Seed::random("a:b@example.org").expect("a seed").address().is_ok());
    }
}
