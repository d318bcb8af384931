//! Parts that pages are made of, one file each; its look is the file of the same name in `style/`.

pub mod badge;
pub mod empty;
#[cfg(feature = "ssr")]
pub mod field;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod form;
pub mod icon;
pub mod input_name;
pub mod latency;
#[cfg(feature = "ssr")]
pub mod layout;
pub mod live;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod pager;
#[cfg(feature = "ssr")]
pub mod sortable;
pub mod steps;
pub mod strip;
#[cfg(feature = "ssr")]
pub mod time;
pub mod toast;
pub mod url;
