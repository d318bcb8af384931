//! One protocol for all server functions: the browser sends JSON, a form without script its fields, the answer is JSON.
//! Not leptos' own `Http<PostUrl, Json>`, whose client brings a URL parser and a second form encoder of 60 KB.

use http::Method;
use leptos::server_fn::{
    Protocol,
    client::Client,
    codec::{FromReq, IntoRes, Json, PostUrl},
    error::{FromServerFnError, IntoAppError, ServerFnErrorErr},
    request::Req,
    server::Server,
};
use serde::{Serialize, de::DeserializeOwned};

pub const JSON: &str = "application/json";

/// `ONCE` where the browser sends a key with it.
pub struct ActionProtocol<const ONCE: bool>;

impl<Input, Output, C, S, E, const ONCE: bool> Protocol<Input, Output, C, S, E> for ActionProtocol<ONCE>
where
    Input: Serialize + DeserializeOwned + Send,
    Output: Serialize + DeserializeOwned + Send,
    C: Client<E>,
    S: Server<E>,
    E: FromServerFnError + Send,
{
    const METHOD: Method = Method::POST;

    async fn run_server<F, Running>(request: S::Request, run: F) -> Result<S::Response, E>
    where
        F: Fn(Input) -> Running + Send,
        Running: Future<Output = Result<Output, E>> + Send,
    {
        let is_json = Req::<E>::to_content_type(&request).is_some_and(|kind| kind.starts_with(JSON));
        let input = if is_json {
            <Input as FromReq<Json, S::Request, E>>::from_req(request).await?
        } else {
            <Input as FromReq<PostUrl, S::Request, E>>::from_req(request).await?
        };
        let output = run(input).await?;
        <Output as IntoRes<Json, S::Response, E>>::into_res(output).await
    }

    async fn run_client(path: &str, input: Input) -> Result<Output, E> {
        let body = encode(&input)?;
        match send(path, body, ONCE).await {
            Ok((true, body)) => decode(&body),
            Ok((false, body)) => Err(E::de(body.into())),
            Err(lost) => Err(ServerFnErrorErr::Request(lost).into_app_error()),
        }
    }
}

fn encode<T: Serialize, E: FromServerFnError>(input: &T) -> Result<String, E> {
    serde_json::to_string(input).map_err(|error| ServerFnErrorErr::Serialization(error.to_string()).into_app_error())
}

fn decode<T: DeserializeOwned, E: FromServerFnError>(body: &str) -> Result<T, E> {
    serde_json::from_str(body).map_err(|error| ServerFnErrorErr::Deserialization(error.to_string()).into_app_error())
}

/// Whether the server did it, and what it says.
#[cfg(feature = "hydrate")]
async fn send(path: &str, body: String, once: bool) -> Result<(bool, String), String> {
    use super::client::{is_done, key_of, post};

    let call = format!("{path} {body}");
    let key = once.then(|| key_of(&call));
    let answer = post(path, JSON, &body, key.as_deref()).await.map_err(|_| "the server was not reached")?;
    if answer.done {
        is_done(&call);
    }
    Ok((answer.done, answer.body))
}

#[cfg(not(feature = "hydrate"))]
async fn send(path: &str, _body: String, _once: bool) -> Result<(bool, String), String> {
    Err(format!("only the browser calls {path}"))
}

#[cfg(test)]
#[cfg(feature = "ssr")]
mod tests {
    use axum::{
        body::{Body, to_bytes},
        http::{Request, StatusCode},
        response::Response,
    };
    use leptos::server_fn::ServerFn;
    use serde::{Deserialize, Serialize};

    use super::{decode, encode};
    use crate::{
        action::{form_address, name_of, server},
        action_error::ActionError,
        secret_input::SecretInput,
    };

    #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
    pub struct Sum {
        pub total: i64,
        pub of: String,
    }

    #[derive(Clone, Debug, Serialize, Deserialize)]
    pub struct Words {
        #[serde(default)]
        words: Vec<String>,
        #[serde(default)]
        secret: SecretInput,
    }

    #[server]
    pub async fn add_up(first: i64, #[server(default)] second: i64, #[server(flatten)] of: Words) -> Result<Sum, ActionError> {
        Ok(Sum { total: first + second, of: format!("{}{}", of.words.join("+"), of.secret.reveal()) })
    }

    async fn answer(kind: &str, body: &str) -> Response<Body> {
        let request = Request::post(AddUp::PATH).header("content-type", kind).body(Body::from(body.to_owned())).expect("request");
        AddUp::run_on_server(request).await
    }

    async fn sum(kind: &str, body: &str) -> Sum {
        let bytes = to_bytes(answer(kind, body).await.into_body(), 1_000).await.expect("body");
        serde_json::from_slice(&bytes).expect("a sum")
    }

    #[test]
    fn a_function_is_named_once() {
        assert_eq!(AddUp::PATH, "/actions/add_up");
        assert_eq!(name_of::<AddUp>(), "add_up");
        assert_eq!(form_address::<AddUp>("/a"), "/a?act=add_up");
        assert_eq!(form_address::<AddUp>("/a?b=c"), "/a?b=c&act=add_up");
    }

    #[tokio::test]
    async fn the_browser_sends_json_and_a_form_its_fields() {
        let expected = Sum { total: 5, of: "a+b&é!".into() };
        assert_eq!(sum("application/json", r#"{"first":2,"second":3,"words":["a","b&é"],"secret":"!"}"#).await, expected);
        assert_eq!(sum("application/json; charset=utf-8", r#"{"first":5,"words":["a","b&é"],"secret":"!"}"#).await, expected);
        assert_eq!(sum("application/x-www-form-urlencoded", "first=2&second=3&words[]=a&words[]=b%26%C3%A9&secret=!").await, expected);
    }

    #[tokio::test]
    async fn what_is_not_understood_is_refused() {
        for (kind, body) in [("application/json", "first=2"), ("application/json", "{}"), ("application/x-www-form-urlencoded", "first=x")] {
            assert_ne!(answer(kind, body).await.status(), StatusCode::OK, "{kind} {body}");
        }
    }

    #[test]
    fn arguments_go_there_and_back() {
        let words = Words { words: vec!["a".into()], secret: SecretInput::default() };
        let text = encode::<_, ActionError>(&AddUp { first: 1, second: 2, of: words }).expect("text");
        assert_eq!(text, r#"{"first":1,"second":2,"words":["a"],"secret":""}"#);
        let back: AddUp = decode::<_, ActionError>(&text).expect("arguments");
        assert_eq!((back.first, back.second, back.of.words), (1, 2, vec!["a".to_owned()]));
    }
}
