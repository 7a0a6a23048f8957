// Asks for an API key before a page shows anything, tries it, and keeps it for this tab alone.

const STORED = 'plinth:key';

/** Calls `show(key, document)` with a key that works and the workspace's core document. */
export async function withKey(show) {
  const form = document.querySelector('#key');
  const message = form.querySelector('output');
  const use = async (key) => {
    const answer = await fetch('/rest/open-api/core', { headers: { Authorization: `Bearer ${key}` } });
    const spec = await answer.json();
    // Without a valid key the document is answered too, with nothing of a workspace in it.
    if (!answer.ok || Object.keys(spec.paths).length <= 1)
      throw new Error('This key does not work here: it is mistyped, expired or revoked.');
    sessionStorage.setItem(STORED, key);
    form.hidden = true;
    document.querySelector('#page').hidden = false;
    show(key, spec);
  };
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    message.textContent = '';
    try {
      await use(form.elements.key.value.trim());
    } catch (error) {
      message.textContent = error.message;
    }
  });
  document.querySelector('#forget').addEventListener('click', () => {
    sessionStorage.removeItem(STORED);
    location.reload();
  });
  const known = sessionStorage.getItem(STORED);
  if (known) await use(known).catch(() => sessionStorage.removeItem(STORED));
}
