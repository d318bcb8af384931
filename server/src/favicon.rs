//! The icon of the browser's tab with the number of incidents that nobody has taken on.

use axum::{
    http::{HeaderValue, Uri, header},
    response::{IntoResponse, Response},
};

/// The icon without a number, which is a file like any other.
pub const PATH: &str = "/favicon.svg";

const PLAIN: &str = include_str!("../../public/favicon.svg");
/// More do not fit.
const MOST: u32 = 99;
/// It depends on its address alone.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// The icon that `/favicon.svg?open=3` asks for; nothing where there is no number to draw.
pub fn counting(uri: &Uri) -> Option<Response> {
    let open: u32 = uri.query()?.strip_prefix("open=")?.parse().ok().filter(|open| *open > 0)?;
    let headers = [(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml")), (header::CACHE_CONTROL, KEPT)];
    Some((headers, drawn(open)).into_response())
}

fn drawn(open: u32) -> String {
    let number = open.min(MOST);
    let badge = format!(
        "<circle cx=\"16\" cy=\"8\" r=\"8\" fill=\"#c62828\" stroke=\"none\"/><text x=\"16\" y=\"12\" font-family=\"sans-serif\" font-size=\"11\" \
         font-weight=\"700\" text-anchor=\"middle\" fill=\"#fff\" stroke=\"none\">{number}</text></svg>"
    );
    PLAIN.trim().replace("</svg>", &badge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_number_is_drawn() {
        let is_drawn = |address: &'static str| counting(&Uri::from_static(address)).is_some();
        assert!(is_drawn("/favicon.svg?open=3"));
        for plain in ["/favicon.svg", "/favicon.svg?open=0", "/favicon.svg?open=-1", "/favicon.svg?open=%3Cb%3E", "/favicon.svg?x"] {
            assert!(!is_drawn(plain), "{plain}");
        }
        assert!(drawn(3).ends_with(">3</text></svg>") && drawn(4_711).ends_with(">99</text></svg>"));
    }
}
