// Asks for an API key before it shows a page, tries it, and keeps it for this tab alone.

const STORED = 'plinth:key';

const REFUSALS = {
  INVALID_TOKEN: 'This key is not known here. Was it copied whole?',
  EXPIRED_TOKEN: 'This key has expired. Make a new one.',
  REVOKED_API_KEY: 'This key has been revoked. Use another one.',
};

const [, name, api = 'core'] = location.pathname.split('/');
const ask = document.querySelector('#ask');
const page = document.querySelector('#page');
const input = ask.querySelector('input');
const button = ask.querySelector('button');
const refusal = ask.querySelector('#refusal');

for (const link of page.querySelectorAll('nav a'))
  if (link.pathname === location.pathname.replace(/\/$/, '')) link.setAttribute('aria-current', 'page');

page.querySelector('#forget').addEventListener('click', () => {
  sessionStorage.removeItem(STORED);
  location.reload();
});

ask.addEventListener('submit', (event) => {
  event.preventDefault();
  open(input.value.trim().replace(/^Bearer\s+/i, ''));
});

const known = sessionStorage.getItem(STORED);
if (known) open(known);
else askForKey('');

async function open(key) {
  button.disabled = true;
  const why = await whyRefused(key);
  button.disabled = false;
  if (why) return askForKey(why);
  sessionStorage.setItem(STORED, key);
  ask.hidden = true;
  page.hidden = false;
  const content = page.querySelector('#content');
  try {
    const { show } = await import(`./${name}.js`);
    await show({ content, api, key });
  } catch (error) {
    content.innerHTML = '<p class="notice"></p>';
    content.firstChild.textContent = `This page could not be loaded: ${error.message}. Reload it to try again.`;
    throw error;
  }
}

function askForKey(why) {
  ask.hidden = false;
  refusal.textContent = why;
  input.toggleAttribute('aria-invalid', why !== '');
  input.focus();
  input.select();
}

/** A sentence for people, or null for a key that works. */
async function whyRefused(key) {
  if (!/^[!-~]+$/.test(key)) return REFUSALS.INVALID_TOKEN; // fetch can't put it into a header
  try {
    const { errors } = await post('/graphql', key, { query: '{ __typename }' });
    return errors ? (REFUSALS[errors[0].extensions?.subCode] ?? `The server says: ${errors[0].message}`) : null;
  } catch {
    return 'The server cannot be reached. Try again in a moment.';
  }
}

/** The answer of a GraphQL operation, errors and all. */
export async function post(path, key, operation, headers = {}) {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${key}`, ...headers },
    body: JSON.stringify(operation),
  });
  return response.json();
}
