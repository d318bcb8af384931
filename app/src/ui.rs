//! Parts that pages are made of, one file each; its look is the file of the same name in `style/`.

#[cfg(feature = "ssr")]
pub mod badge;
#[cfg(feature = "ssr")]
pub mod empty;
#[cfg(feature = "ssr")]
pub mod field;
#[cfg(feature = "ssr")]
pub mod filter;
#[cfg(feature = "ssr")]
pub mod form;
#[cfg(feature = "ssr")]
pub mod here;
pub mod icon;
pub mod input_name;
#[cfg(feature = "ssr")]
pub mod latency;
#[cfg(feature = "ssr")]
pub mod layout;
#[cfg(feature = "ssr")]
pub mod page;
#[cfg(feature = "ssr")]
pub mod pager;
pub mod steps;
#[cfg(feature = "ssr")]
pub mod time;
pub mod toast;
