() => {
  const button = document.querySelector("[data-passkey]");
  const { form } = button;
  const words = {
    NotAllowedError: "The browser gave no passkey: it was called off, it took too long, or there is none for this console.",
    InvalidStateError: "This device has a passkey of yours already.",
  };
  const told = (told) => Object.assign(new Error(), { told });
  const challenge = async () => {
    const json = "application/json";
    const answer = await fetch(button.dataset.challenge, { method: "POST", body: "{}", headers: { accept: json, "content-type": json } });
    const body = await answer.json();
    if (!answer.ok) throw told(`${body.message ?? body.detail} ${body.remediation}`);
    return JSON.parse(body);
  };
  const passkey = async () => {
    const { PublicKeyCredential } = self;
    if (!PublicKeyCredential?.parseCreationOptionsFromJSON) throw told("This browser is too old for passkeys.");
    const { passkey } = button.dataset;
    return passkey
      ? navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(JSON.parse(passkey)) })
      : navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(await challenge()) });
  };
  button.addEventListener("click", async () => {
    const wrong = form.querySelector("[data-error-for]");
    wrong.textContent = "";
    button.disabled = true;
    try {
      form.elements.answer.value = JSON.stringify(await passkey());
      form.requestSubmit();
    } catch (error) {
      wrong.textContent = words[error.name] ?? error.told ?? "The browser could not use a passkey. Try again, or go on without one.";
    }
    button.disabled = false;
  });
}
