//! `#[server]` as leptos has it, with what all server functions of Switchboard share filled in: the address `/actions/NAME`,
//! where `NAME` is the function's own, and the protocol of `switchboard_app::action`.

use proc_macro::TokenStream;
use quote::ToTokens;
use server_fn_macro::ServerFnCall;
use syn::{LitStr, parse_quote};

/// Makes a function one that the browser calls by its path and the server runs: `#[server]`, or `#[server(once)]` for what is done once though the same
/// call is sent again because its answer was lost.
#[proc_macro_attribute]
pub fn server(args: TokenStream, function: TokenStream) -> TokenStream {
    let is_once = args.to_string() == "once";
    let args = if is_once { TokenStream::new() } else { args };
    match ServerFnCall::parse("/actions", args.into(), function.into()) {
        Ok(call) => complete(call, is_once).into_token_stream().into(),
        Err(error) => error.to_compile_error().into(),
    }
}

fn complete(call: ServerFnCall, is_once: bool) -> ServerFnCall {
    let mut call = call.default_server_fn_path(Some(parse_quote!(::leptos::server_fn)));
    let name = call.get_body().ident.clone();
    let args = call.get_args_mut();
    args.prefix = None;
    // Given, so that no hash of the place in the source comes behind it.
    args.fn_path = Some(LitStr::new(&name.to_string(), name.span()));
    args.protocol = Some(parse_quote!(crate::action::ActionProtocol<#is_once>));
    call
}
